//! Where the pages' files are: made by `make build`, found from any current directory.

use std::path::{Path, PathBuf};

use leptos::config::{Env, LeptosOptions};

use super::{SettingProblem, Settings};

const OUTPUT_NAME: &str = "roster";
const PACKAGE_DIR: &str = "pkg";
/// `hash-file-name` in Cargo.toml; the build keeps a copy beside the files.
const HASH_FILE: &str = "roster-hash.txt";

/// The site's directory and the list of its files' hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFiles {
    root: PathBuf,
    hash_file: Option<PathBuf>,
}

impl SiteFiles {
    /// As set, or `target/site` beside `target/release/roster`, or `site` in the current directory.
    ///
    /// # Errors
    /// When the files are in none of the places.
    pub fn find(settings: &Settings) -> Result<Self, SettingProblem> {
        let program_dir = std::env::current_exe().ok().and_then(|path| path.parent().map(Path::to_path_buf));
        let beside = |name| program_dir.as_ref().map(|dir| dir.join(name));
        let places = match &settings.site_root {
            Some(root) => vec![root.clone()],
            None => [beside("../site"), beside("site"), Some("target/site".into()), Some("site".into())]
                .into_iter()
                .flatten()
                .collect(),
        };
        let found = places.iter().find(|root| root.join(PACKAGE_DIR).is_dir()).ok_or_else(|| {
            let looked = places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ");
            settings.problem(
                "site_root",
                &format!("the files of the pages are not in {looked}; run make build, or say where they are"),
            )
        })?;
        let root = found.canonicalize().unwrap_or_else(|_| found.clone());
        let hash_file =
            [Some(root.join(HASH_FILE)), beside(HASH_FILE)].into_iter().flatten().find(|file| file.is_file());
        Ok(Self { root, hash_file })
    }

    /// For Leptos.
    pub fn leptos_options(&self) -> LeptosOptions {
        let builder = LeptosOptions::builder()
            .output_name(OUTPUT_NAME)
            .site_root(self.root.to_string_lossy().into_owned())
            .site_pkg_dir(PACKAGE_DIR)
            .env(Env::PROD);
        match &self.hash_file {
            // An absolute path: Leptos would otherwise look beside the binary.
            Some(file) => builder.hash_files(true).hash_file(file.to_string_lossy().into()).build(),
            None => builder.hash_files(false).build(),
        }
    }
}
