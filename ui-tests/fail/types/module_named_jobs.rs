mod jobs {}

use jobs::job; //~ ERROR

fn main() {}
