//! What messages need to know of the installation.

use std::sync::Arc;

/// Where links lead, and whether there is a mail server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailing {
    base_url: Arc<str>,
    delivers: bool,
}

impl Mailing {
    /// `base_url`: as the operator has set it, never as a request says. `delivers`: whether a mail
    /// server is set up.
    pub fn new(base_url: &str, delivers: bool) -> Self {
        Self { base_url: base_url.trim_end_matches('/').into(), delivers }
    }

    pub fn delivers(&self) -> bool {
        self.delivers
    }

    /// A link to a page; `path` begins with `/`.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// The host of all links, as people read it.
    pub fn host(&self) -> &str {
        self.base_url.split_once("://").map_or(&*self.base_url, |(_, host)| host)
    }
}

/// For what sends nothing: the command line.
impl Default for Mailing {
    fn default() -> Self {
        Self::new("http://localhost:3000", false)
    }
}
