#!/usr/bin/env bash
# Puts one bug at a time into a copy of the tree and shows which test or cell of the fault matrix catches it.
#
#   tests/mutations.sh [--write] [NAME…]    all of them, or those that are named; --write makes docs/mutations.md anew
#
# The copy is made of the last commit. A mutation that no longer applies is an error: the code has moved on.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
copy=$(mktemp -d "${TMPDIR:-/tmp}/jobs-mutations.XXXXXX")
trap 'rm -rf "$copy"' EXIT
# A folder of its own: programs with bugs in them must not be taken for those of the tree.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target/mutations}" CARGO_TERM_COLOR=never

write=
[ "${1:-}" = --write ] && { write=1; shift; }
wanted=" $* "
rows=()
missed=0

# A text with perl's own quoting: everything in FILE that matches becomes something else.
change() { # change FILE EXPRESSION
    local before
    before=$(cat "$copy/$1")
    perl -0pi -e "$2" "$copy/$1"
    [ "$before" != "$(cat "$copy/$1")" ] || { echo "$1: nothing was changed by $2" >&2; exit 2; }
}

cell() { cargo run -q -p jobs-tests --bin faults -- --only "$1"; }
suite() { cargo test -q -p jobs-tests --test "$1" -- "${@:2}"; }

mutation() { # mutation NAME WHAT CATCHER ARGUMENT…: the change is made by the function `put_NAME`
    local name=$1 what=$2
    shift 2
    [ "$wanted" = "  " ] || [[ "$wanted" == *" $name "* ]] || return 0
    find "$copy" -mindepth 1 -delete
    git -C "$root" archive HEAD | tar -x -C "$copy"
    "put_${name//-/_}"
    local outcome=caught log="$copy/log"
    (cd "$copy" && cargo build -q -p jobs-tests --bin faults) >"$log" 2>&1 || { cat "$log" >&2; echo "$name does not compile" >&2; exit 2; }
    if (cd "$copy" && "$@") >"$log" 2>&1; then outcome='**not caught**'; missed=1; fi
    local says
    says=$(grep -m 1 -E '^FAILED|panicked at|^    [a-z_]+::|failed$' "$log" | cut -c 1-110 | tr '|' '/' || true)
    rows+=("| \`$name\` | $what | \`$*\` | $outcome | ${says//\`/} |")
    printf '%-24s %s: %s\n' "$name" "$outcome" "$says"
}

put_fencing() {
    change jobs/sql/queries/postgres/ends.sql 's/ AND j\.worker = g\.worker AND j\.fence = g\.fence//'
}
put_ack_before_run() {
    change jobs/src/worker/execute.rs 's/(        Some\(job\) => \{\n)/$1            let early = Finish { claim: claimed.claim, ran: Some(Duration::ZERO), to: cancelled_end(shared, job, &claimed) };\n            let _ = shared.acks.hand_over(early).await.settle(name).await;\n/'
}
put_no_notify() {
    change jobs/src/storage/postgres/mod.rs 's/(fn announce\(&self, wakes: Vec<Wake>\) -> BoxFuture<.*?> \{\n        Box::pin\(async move \{\n)/$1            if !wakes.is_empty() { return Ok(()); }\n/s'
}
put_unguarded_keys() {
    change jobs/sql/queries/postgres/uniques_take.sql 's/DO NOTHING/DO UPDATE SET job = excluded.job/'
}
put_no_take_over() {
    change jobs/src/maintenance/reclaim.rs 's/(pub\(crate\) async fn reclaim.*?\n)/$1    if !shared.lease.is_zero() { return Ok(0); }\n/'
}
put_shutdown_counts() {
    change jobs/src/storage/postgres/batch.rs 's/Next::End\(_\) \| Next::PutBack => \{\}/Next::End(_) => {}\n            Next::PutBack => { to.attempts = 1; to.runs = 1; }/'
}
put_leaked_slot() {
    change jobs/src/worker/pool.rs 's/let _ = self\.done\.send\(self\.began\.elapsed\(\)\);/let _ = self.began;/'
}
put_unguarded_tick() {
    change jobs/sql/queries/postgres/recurring_tick.sql 's/r\.base = g\.seen AND r\.base <= g\.base AND //'
}
put_lost_wake() {
    change jobs/sql/queries/sqlite/limits_wake.sql 's/WHERE /WHERE 0 AND /'
}
put_early_answer() {
    change jobs/src/storage/sqlite/writer.rs 's/(let mut done = )(execute\(&mut connection, "BEGIN IMMEDIATE"\)\.await;)/let _ = execute(&mut connection, "COMMIT").await;\n        $1$2/; s/done = execute\(&mut connection, "COMMIT"\)\.await;/done = Ok(());/'
}

mutation fencing "an end is written whoever holds the claim" suite conformance postgres::finish
mutation ack-before-run "a job is acknowledged before it runs" cell sqlite::worker-killed
mutation no-notify "nobody is told of ready jobs" suite postgres workers_hear
mutation unguarded-keys "a held key is taken from its holder" suite limits postgres
mutation no-take-over "the jobs of dead workers are left" cell postgres::worker-killed
mutation shutdown-counts "a put-back counts as an attempt" suite conformance postgres::finish
mutation leaked-slot "a slot is not given back" cell sqlite::worker-killed
mutation unguarded-tick "a tick is settled whatever was seen" suite conformance postgres::recurring
mutation lost-wake "a job that waits for a limit is not woken" suite limits sqlite_file
mutation early-answer "an enqueue is answered before its commit" cell sqlite::enqueuer-killed

if [ -n "$write" ]; then
    {
        # What is said above the table stays.
        sed '/^| bug |/,$d' "$root/docs/mutations.md"
        printf '| bug | what it does | asked | outcome | what it said |\n|---|---|---|---|---|\n'
        printf '%s\n' "${rows[@]}"
    } >"$copy/page"
    cp "$copy/page" "$root/docs/mutations.md"
fi
exit $missed
