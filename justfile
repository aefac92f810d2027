# The tasks of the house. `just` lists them.

_default:
    @just --list

# What a commit must pass: format, lints, tests without the slow suites.
check:
    scripts/test quick

# Every check, as CI runs it.
test:
    scripts/test

# A server with sample jobs on http://127.0.0.1:8080.
demo:
    scripts/demo

# Regenerate openapi.json and the dashboard's types after a change of the API.
openapi:
    cargo run -q -p gristmill -- openapi > openapi.json
    cd dashboard && npm run types

# Accept changed snapshots after reading them.
snapshots:
    INSTA_UPDATE=always cargo nextest run --workspace --no-fail-fast

# The dashboard against its mock server.
dashboard:
    cd dashboard && npm run dev

# The figures of docs/performance.md.
bench:
    cargo build --release -p gristmill
    target/release/gristmill bench tasks
    target/release/gristmill bench images
    target/release/gristmill bench video
