fn main() {
    let queues = jobs::queues! { mailers }; //~ ERROR
}
