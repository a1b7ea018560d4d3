jobs::queues! { mail as "x", post as "x", r#type, other as "type" } //~ ERROR //~ ERROR

fn main() {}
