#!/usr/bin/env bash
# Draws the pictures of the documentation anew: runs the programs and turns their coloured output into SVG.
# Needs Rust, Python 3 and Chromium.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
scratch="${CARGO_TARGET_DIR:-$root/target}/pictures"
mkdir -p "$scratch"
export CARGO_TERM_COLOR=always CARGO_TERM_PROGRESS_WHEN=never

draw() {
    python3 docs/pictures/ansi_to_svg.py "$1" >"$scratch/$2.svg"
    mv "$scratch/$2.svg" "docs/pictures/$2.svg"
}

# compile_error NAME: checks a crate whose main.rs comes on standard input, and draws what the compiler says.
compile_error() {
    mkdir -p "$scratch/$1/src"
    cat >"$scratch/$1/src/main.rs"
    cat >"$scratch/$1/Cargo.toml" <<TOML
[package]
name = "app"
version = "0.1.0"
edition = "2024"
[dependencies]
jobs = { path = "$root/jobs" }
[workspace]
TOML
    cp Cargo.lock "$scratch/$1/Cargo.lock"
    if (cd "$scratch/$1" && CARGO_TARGET_DIR="$scratch/target" cargo check -q 2>"$scratch/$1.ansi"); then
        echo "$1 was meant not to compile" >&2
        exit 1
    fi
    # The summary at the end says nothing new.
    sed -i '/could not compile/,$d; /For more information/,$d' "$scratch/$1.ansi"
    draw "$ cargo check" "$1" <"$scratch/$1.ansi"
}

compile_error queue <<'RUST'
use jobs::job;

jobs::queues! { critical, low }

#[job(queue = "critcal")]
async fn send_welcome_email(user_id: i64) {
    println!("welcome, user {user_id}");
}

fn main() {}
RUST

compile_error options <<'RUST'
use jobs::job;

#[job(timeout = "30 parsecs", retry_on(std::io::Error, atempts = 5), retry = true)]
async fn send_welcome_email(user_id: &str) {
    println!("welcome, {user_id}");
}

fn main() {}
RUST

compile_error mod_jobs <<'RUST'
mod jobs {}

use jobs::job;

#[job]
async fn send_welcome_email(user_id: i64) {
    println!("welcome, user {user_id}");
}

fn main() {}
RUST

out="$scratch/quickstart"
cargo build -q -p quickstart
# The id of the dead letter is another one each time.
QUICKSTART_OUT="$out" cargo run -q -p quickstart 2>&1 |
    sed -E "s#$out#out/quickstart#g; s#[0-9a-f]{8}-[0-9a-f-]{27}#01a20b1a-7f6e-72d8-a2ae-c20e11680480#" |
    draw "$ cargo run -p quickstart" quickstart

# The dashboard, as the browser tests see it.
shots="${CARGO_TARGET_DIR:-$root/target}/dashboard"
cargo test -q -p jobs-web --test browser -- light dark phone
shot() { cp "$shots/$1.png" "docs/pictures/dashboard-$2.png"; }
shot overview-light overview
shot job-dead-light job
shot dead-dark dead
shot overview-phone phone

# The shop, after some orders: one card is refused.
shop="$scratch/shop"
rm -rf "$shop" && mkdir -p "$shop"
cargo build -q -p shop
DATABASE_URL="sqlite://$shop/shop.db" SHOP_OUTBOX="$shop/outbox" SHOP_ADDRESS=127.0.0.1:0 RUST_LOG=error \
    "${CARGO_TARGET_DIR:-$root/target}/debug/shop" >"$shop/places" &
shop_id=$!
trap 'kill "$shop_id"' EXIT
until grep -q dashboard "$shop/places"; do sleep 0.1; done
page=$(sed -n 's#^the shop: *\(http.*\)/$#\1#p' "$shop/places")
for form in 'sign-up email=ann@example.com' 'order item=Tea&card=4242&count=6' 'order item=Cocoa&card=0000&count=1'; do
    curl -fsS -o /dev/null -d "${form#* }" "$page/${form%% *}"
done
until [ "$(curl -fsS "$page/orders" | grep -o 'state paid' | wc -l)" = 6 ]; do sleep 0.1; done
chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --window-size=1000,640 \
    --screenshot="$root/docs/pictures/shop.png" "$page/orders"
