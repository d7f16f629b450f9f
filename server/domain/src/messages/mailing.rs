//! What messages need to know of the installation.

use std::sync::Arc;

/// Where links lead, whether there is a mail server, and the SMS gateway of stores that have none of
/// their own. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailing {
    base_url: Arc<str>,
    delivers: bool,
    sms_gateway: Option<Arc<str>>,
}

impl Mailing {
    /// `base_url`: as the operator has set it, never as a request says. `delivers`: whether a mail
    /// server is set up.
    pub fn new(base_url: &str, delivers: bool) -> Self {
        Self { base_url: base_url.trim_end_matches('/').into(), delivers, sms_gateway: None }
    }

    /// With the operator's SMS gateway.
    pub fn with_sms_gateway(mut self, url: Option<&str>) -> Self {
        self.sms_gateway = url.map(Into::into);
        self
    }

    /// The operator's SMS gateway.
    pub fn sms_gateway(&self) -> Option<&str> {
        self.sms_gateway.as_deref()
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
