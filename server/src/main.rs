//! The program `roster`. Everything is in the library, where tests reach it.

use std::process::ExitCode;

/// Gives back what a burst of requests took; the system's own keeps most of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::command_line::run()
}
