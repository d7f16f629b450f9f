//! The program `roster`. Everything is in the library, where tests reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::command_line::run()
}
