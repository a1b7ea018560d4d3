use jobs::job;

#[job(name = "jobs.prune", aliases("jobs.old"))] //~ ERROR //~ ERROR
async fn prune() {}

fn main() {}
