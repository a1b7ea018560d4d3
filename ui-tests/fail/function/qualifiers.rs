use jobs::job;

#[job]
extern "C" fn send() {} //~ ERROR //~ ERROR

#[job(blocking)]
unsafe fn receive() {} //~ ERROR

#[job(blocking)]
const fn answer() {} //~ ERROR

fn main() {}
