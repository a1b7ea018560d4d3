jobs_tests::cases!();
