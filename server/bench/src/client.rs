//! An HTTP client as small as a browser's side of one connection: HTTP/1.1, kept alive, no TLS.
//! Every library client would cost a second build of what `roster` is made of.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::Outcome;

pub struct Client {
    stream: BufReader<TcpStream>,
    cookie: Option<String>,
    request: Vec<u8>,
    /// Body of the last answer.
    body: Vec<u8>,
}

pub struct Answer<'a> {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: &'a [u8],
}

impl Answer<'_> {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// Another status than 200, with what was answered.
    pub fn json(&self) -> Outcome<serde_json::Value> {
        if self.status != 200 {
            return Err(format!("{}: {}", self.status, String::from_utf8_lossy(self.body)).into());
        }
        Ok(serde_json::from_slice(self.body)?)
    }
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
            cookie: None,
            request: Vec::new(),
            body: Vec::new(),
        })
    }

    pub fn with_cookie(mut self, cookie: &str) -> Self {
        self.cookie = Some(cookie.to_owned());
        self
    }

    pub async fn get(&mut self, path: &str) -> Outcome<Answer<'_>> {
        self.send("GET", path, "accept: text/html\r\n", &[]).await
    }

    pub async fn get_compressed(&mut self, path: &str) -> Outcome<Answer<'_>> {
        self.send("GET", path, "accept: */*\r\naccept-encoding: br, gzip\r\n", &[]).await
    }

    pub async fn post_json(&mut self, path: &str, body: &serde_json::Value) -> Outcome<Answer<'_>> {
        let body = body.to_string();
        let headers = "content-type: application/json\r\naccept: application/json\r\n";
        self.send("POST", path, headers, body.as_bytes()).await
    }

    pub async fn post_form(&mut self, path: &str, body: &str) -> Outcome<Answer<'_>> {
        self.send("POST", path, "content-type: application/x-www-form-urlencoded\r\n", body.as_bytes()).await
    }

    /// A file as the body.
    pub async fn post_csv(&mut self, path: &str, body: &[u8]) -> Outcome<Answer<'_>> {
        self.send("POST", path, "content-type: text/csv\r\n", body).await
    }

    /// Downloads a file and gives its length; its bytes are not kept.
    pub async fn length_of(&mut self, path: &str) -> Outcome<u64> {
        self.write("GET", path, "accept: */*\r\n", &[]).await?;
        let (status, headers) = self.read_head().await?;
        if status != 200 || !headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
            return Err(format!("{path}: {status}, and no stream").into());
        }
        let (mut line, mut total) = (String::new(), 0);
        loop {
            line.clear();
            self.stream.read_line(&mut line).await?;
            let length = u64::from_str_radix(line.trim(), 16)?;
            tokio::io::copy(&mut (&mut self.stream).take(length + 2), &mut tokio::io::sink()).await?;
            total += length;
            if length == 0 {
                return Ok(total);
            }
        }
    }

    async fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Outcome<Answer<'_>> {
        self.write(method, path, headers, body).await?;
        self.read_answer().await
    }

    async fn write(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Outcome {
        let cookie = self.cookie.as_ref().map(|cookie| format!("cookie: {cookie}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}{cookie}content-length: {}\r\n\r\n",
            body.len()
        );
        self.request.clear();
        self.request.extend_from_slice(head.as_bytes());
        self.request.extend_from_slice(body);
        self.stream.get_mut().write_all(&self.request).await?;
        Ok(())
    }

    async fn read_answer(&mut self) -> Outcome<Answer<'_>> {
        let (status, headers) = self.read_head().await?;
        let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        self.body.clear();
        if header("transfer-encoding") == Some("chunked") {
            self.read_chunks().await?;
        } else if let Some(length) = header("content-length") {
            self.body.resize(length.parse()?, 0);
            self.stream.read_exact(&mut self.body).await?;
        }
        Ok(Answer { status, headers, body: &self.body })
    }

    async fn read_head(&mut self) -> Outcome<(u16, Vec<(String, String)>)> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        let status = line.split(' ').nth(1).ok_or("the server has closed the connection")?.parse()?;
        let mut headers = Vec::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line).await?;
            match line.trim_end().split_once(':') {
                Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
                None => return Ok((status, headers)),
            }
        }
    }

    async fn read_chunks(&mut self) -> Outcome {
        let mut line = String::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line).await?;
            let length = usize::from_str_radix(line.trim(), 16)?;
            let begin = self.body.len();
            self.body.resize(begin + length, 0);
            self.stream.read_exact(&mut self.body[begin..]).await?;
            line.clear();
            self.stream.read_line(&mut line).await?;
            if length == 0 {
                return Ok(());
            }
        }
    }
}
