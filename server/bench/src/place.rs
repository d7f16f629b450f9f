//! The databases: made once for a schema, kept between runs.

use std::path::{Path, PathBuf};
use std::time::Instant;

use sea_orm::sqlx::{Connection, Executor, PgConnection};

use crate::Outcome;
use crate::report::Report;
use crate::roster::{OWNERS, PASSWORD, run};

/// The same people in every run.
const SEED: &str = "7";

pub struct Place {
    folder: PathBuf,
    /// `postgres://…/` up to the name of the database; `None`: SQLite files in the folder.
    server: Option<String>,
}

impl Place {
    pub fn sqlite(folder: &Path) -> Self {
        Self { folder: folder.join("sqlite"), server: None }
    }

    pub fn postgres(folder: &Path, url: &str) -> Self {
        Self { folder: folder.join("postgres-data"), server: Some(url.to_owned()) }
    }

    pub fn data_dir(&self, users: u32) -> PathBuf {
        self.folder.join(users.to_string())
    }

    pub fn database_url(&self, users: u32) -> String {
        match &self.server {
            Some(server) => format!("{server}users_{users}"),
            None => format!("sqlite:{}/roster.db", self.data_dir(users).display()),
        }
    }

    /// The environment in which `roster` finds this database.
    pub fn environment(&self, users: u32) -> [(&'static str, String); 3] {
        [
            ("ROSTER_DATA_DIR", self.data_dir(users).display().to_string()),
            ("ROSTER_DATABASE_URL", self.database_url(users)),
            ("ROSTER_LOG", "warn".to_owned()),
        ]
    }

    /// Seeds the database and makes its Owners, unless an earlier run did.
    pub async fn prepare(&self, users: u32, report: &mut Report) -> Outcome {
        let ready = self.data_dir(users).join("ready");
        let what = format!("`roster seed --users {users}`");
        if let Ok(told) = std::fs::read_to_string(&ready) {
            report.note(&what, &told, "(kept from an earlier run)");
            return Ok(());
        }
        self.make_anew(users).await?;
        let begin = Instant::now();
        let users_text = users.to_string();
        let memory = run(&["seed", "--users", &users_text, "--seed", SEED], &self.environment(users), "").await?;
        let told = format!("{:.1} s, at most {memory} MB", begin.elapsed().as_secs_f64());
        for owner in OWNERS {
            let email = format!("{owner}@owners.example");
            let arguments = ["admin", "create", "--email", &email, "--username", owner, "--password-stdin"];
            run(&arguments, &self.environment(users), PASSWORD).await?;
        }
        std::fs::write(ready, &told)?;
        report.note(&what, &told, "");
        Ok(())
    }

    async fn make_anew(&self, users: u32) -> Outcome {
        let folder = self.data_dir(users);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        if let Some(server) = &self.server {
            let mut admin = PgConnection::connect(&format!("{server}postgres")).await?;
            for statement in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
                let statement = format!("{statement} users_{users}");
                admin.execute(sea_orm::sqlx::AssertSqlSafe(statement)).await?;
            }
            admin.close().await?;
        }
        Ok(())
    }
}
