//! Runs the program and checks what it left behind.

use std::{fs, process::Command};

#[test]
fn every_user_has_a_mail_or_a_reason() {
    let out = tempfile::tempdir().expect("a folder");
    // Twice: the second run starts afresh.
    for _ in 0..2 {
        let run = Command::new(env!("CARGO_BIN_EXE_quickstart"))
            .env("QUICKSTART_OUT", out.path())
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success(), "{run:?}");
        for row in [
            ["succeeded", "1", "37"],
            ["succeeded", "3", "1"],
            ["discarded", "1", "1"],
            ["dead", "5", "1"],
        ] {
            assert!(has_row(&said, row), "no row {row:?} in\n{said}");
        }
        assert!(said.contains("\ndead letter "), "{said}");

        let mails: Vec<_> = fs::read_dir(out.path().join("mail"))
            .expect("the mail folder")
            .filter_map(|file| fs::read_to_string(file.ok()?.path()).ok())
            .collect();
        assert_eq!(mails.len(), 38);
        assert!(mails.iter().all(|mail| mail.contains("Subject: Welcome")));
        let sent = |email: &str| mails.iter().any(|mail| mail.contains(email));
        assert!(sent("noor@busy.example.test"));
        assert!(!sent("hugo@moved.example.test"));
        assert!(!sent("zoe@down.example.test"));
    }
}

fn has_row(table: &str, row: [&str; 3]) -> bool {
    table.lines().any(|line| {
        let cells: Vec<_> = line.split(['│', '┆']).map(str::trim).collect();
        cells.get(1..4) == Some(&row)
    })
}
