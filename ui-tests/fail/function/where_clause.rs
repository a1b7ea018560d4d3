use jobs::job;

#[job]
async fn send()
where
    u8: Copy, //~ ERROR
{
}

fn main() {}
