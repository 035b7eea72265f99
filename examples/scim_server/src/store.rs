//! What is stored: resources as they came, who is in which group, and the accounts of the application.

use std::collections::BTreeSet;

use groupmap::scim::{Resource, ResourceKind};
use groupmap::{Earlier, Membership, Target, Withheld};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::answer::Refusal;

/// The database. One writer at a time: every request is one transaction that is taken for writing from its start, so that
/// what it reads is what it changes.
pub(crate) struct Store {
    connection: Connection,
}

/// A resource with what the server adds to it.
pub(crate) struct Stored {
    pub(crate) resource: Resource,
    pub(crate) version: i64,
    pub(crate) created: String,
    pub(crate) modified: String,
}

/// The account that the application keeps for a user.
pub(crate) struct StoredAccount {
    pub(crate) active: bool,
    /// Whether the last plan let the person in.
    pub(crate) refused: bool,
    pub(crate) revision: i64,
}

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS resources (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL, version INTEGER NOT NULL,
        name TEXT NOT NULL COLLATE NOCASE, created TEXT NOT NULL, modified TEXT NOT NULL,
        place INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS user_names ON resources (name) WHERE kind = 'User';
    CREATE TABLE IF NOT EXISTS members (
        group_id TEXT NOT NULL, member_id TEXT NOT NULL, PRIMARY KEY (group_id, member_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS groups_of ON members (member_id);
    CREATE TABLE IF NOT EXISTS accounts (
        user_id TEXT PRIMARY KEY, active INTEGER NOT NULL, refused INTEGER NOT NULL, revision INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS memberships (
        user_id TEXT NOT NULL, target TEXT NOT NULL, managed_by TEXT, PRIMARY KEY (user_id, target)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS holders_of ON memberships (target);
    CREATE TABLE IF NOT EXISTS withheld (user_id TEXT NOT NULL, code TEXT NOT NULL, what TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS withheld_of ON withheld (user_id);
    CREATE INDEX IF NOT EXISTS withheld_as ON withheld (code);
    CREATE TABLE IF NOT EXISTS held (user_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS batches (at INTEGER NOT NULL, people INTEGER NOT NULL, removals INTEGER NOT NULL) STRICT;
";

impl Store {
    pub(crate) fn open(path: &str) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.execute_batch(TABLES)?;
        Ok(Self { connection })
    }

    pub(crate) fn begin(&mut self) -> rusqlite::Result<Records<'_>> {
        self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map(Records)
    }
}

/// The records within one transaction; what is not committed never was.
pub(crate) struct Records<'c>(Transaction<'c>);

impl Records<'_> {
    pub(crate) fn commit(self) -> rusqlite::Result<()> {
        self.0.commit()
    }

    pub(crate) fn find(&self, kind: ResourceKind, id: &str) -> Result<Option<Stored>, Refusal> {
        let row = self.0.query_row(
            "SELECT body, version, created, modified FROM resources WHERE id = ? AND kind = ?",
            params![id, kind.as_str()],
            stored,
        );
        row.optional()?.transpose()
    }

    pub(crate) fn get(&self, kind: ResourceKind, id: &str) -> Result<Stored, Refusal> {
        self.find(kind, id)?.ok_or_else(Refusal::not_found)
    }

    /// All of a kind, in the order in which they were made.
    pub(crate) fn all(&self, kind: ResourceKind) -> Result<Vec<Stored>, Refusal> {
        let mut statement = self
            .0
            .prepare_cached("SELECT body, version, created, modified FROM resources WHERE kind = ? ORDER BY place")?;
        let rows = statement.query_map([kind.as_str()], stored)?;
        rows.map(|row| row?).collect()
    }

    /// Stores a new resource, or a changed one in place of the old one.
    pub(crate) fn put(&self, resource: &Resource, is_new: bool) -> Result<(), Refusal> {
        let kind = resource.kind();
        let id = resource.id().ok_or(Refusal::Internal)?;
        let attribute = match kind {
            ResourceKind::User => "userName",
            ResourceKind::Group => "displayName",
        };
        let name = resource.text(attribute).ok_or_else(|| Refusal::invalid("a name is missing"))?;
        let body = serde_json::to_string(resource).map_err(|_| Refusal::Internal)?;
        let now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
        let done = if is_new {
            self.0.execute(
                &format!(
                    "INSERT INTO resources SELECT ?1, ?2, ?3, 1, ?4, {now}, {now}, coalesce(max(place), 0) + 1 \
                     FROM resources"
                ),
                params![id, kind.as_str(), body, name],
            )
        } else {
            self.0.execute(
                &format!(
                    "UPDATE resources SET body = ?3, name = ?4, version = version + 1, modified = {now} \
                     WHERE id = ?1 AND kind = ?2"
                ),
                params![id, kind.as_str(), body, name],
            )
        };
        done.map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation) => Refusal::uniqueness(attribute),
            _ => error.into(),
        })?;
        if kind == ResourceKind::Group {
            self.0.execute("DELETE FROM members WHERE group_id = ?", [id])?;
            let mut insert = self.0.prepare_cached("INSERT INTO members VALUES (?, ?)")?;
            for member in resource.members() {
                insert.execute([id, member])?;
            }
        }
        Ok(())
    }

    pub(crate) fn delete(&self, kind: ResourceKind, id: &str) -> Result<(), Refusal> {
        self.0.execute("DELETE FROM resources WHERE id = ? AND kind = ?", params![id, kind.as_str()])?;
        self.0.execute("DELETE FROM members WHERE group_id = ?", [id])?;
        Ok(())
    }

    /// The groups that name a user as a member.
    pub(crate) fn groups_of(&self, user: &str) -> Result<Vec<Resource>, Refusal> {
        let mut statement = self.0.prepare_cached(
            "SELECT body, version, created, modified FROM resources JOIN members ON group_id = id \
             WHERE member_id = ? ORDER BY id",
        )?;
        let rows = statement.query_map([user], stored)?;
        rows.map(|row| row?.map(|stored| stored.resource)).collect()
    }

    /// Everybody who is in the directory or has an account.
    pub(crate) fn people(&self) -> Result<BTreeSet<String>, Refusal> {
        self.names("SELECT id FROM resources WHERE kind = 'User' UNION SELECT user_id FROM accounts", &[])
    }

    fn names(&self, query: &str, given: &[&str]) -> Result<BTreeSet<String>, Refusal> {
        let mut statement = self.0.prepare_cached(query)?;
        let rows = statement.query_map(rusqlite::params_from_iter(given), |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    pub(crate) fn account(&self, user: &str) -> Result<Option<StoredAccount>, Refusal> {
        let query = "SELECT active, refused, revision FROM accounts WHERE user_id = ?";
        let row = self.0.query_row(query, [user], |row| {
            Ok(StoredAccount { active: row.get(0)?, refused: row.get(1)?, revision: row.get(2)? })
        });
        Ok(row.optional()?)
    }

    /// Makes an account, or changes it; its revision rises in any case.
    pub(crate) fn set_account(&self, user: &str, active: bool, refused: bool) -> Result<(), Refusal> {
        self.0.execute(
            "INSERT INTO accounts VALUES (?1, ?2, ?3, 1) ON CONFLICT (user_id) \
             DO UPDATE SET active = ?2, refused = ?3, revision = revision + 1",
            params![user, active, refused],
        )?;
        Ok(())
    }

    pub(crate) fn memberships(&self, user: &str) -> Result<Vec<Membership>, Refusal> {
        let mut statement = self.0.prepare_cached("SELECT target, managed_by FROM memberships WHERE user_id = ?")?;
        let rows = statement.query_map([user], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut memberships = Vec::new();
        for row in rows {
            let (target, managed_by): (String, Option<String>) = row?;
            let target = read_target(&target)?;
            memberships.push(match managed_by {
                Some(source) => Membership::managed(target, source),
                None => Membership::manual(target),
            });
        }
        Ok(memberships)
    }

    pub(crate) fn give(&self, user: &str, target: &Target, managed_by: Option<&str>) -> Result<(), Refusal> {
        let target = write_target(target)?;
        self.0.execute("INSERT INTO memberships VALUES (?, ?, ?)", params![user, target, managed_by])?;
        Ok(())
    }

    pub(crate) fn take(&self, user: &str, target: &Target) -> Result<(), Refusal> {
        self.0.execute(
            "DELETE FROM memberships WHERE user_id = ? AND target = ?",
            params![user, write_target(target)?],
        )?;
        Ok(())
    }

    /// How many hold a target who can act on it: active and let in.
    pub(crate) fn holders(&self, target: &Target) -> Result<u64, Refusal> {
        Ok(self.0.query_row(
            "SELECT count(*) FROM memberships JOIN accounts USING (user_id) \
             WHERE target = ? AND active AND NOT refused",
            [write_target(target)?],
            |row| row.get(0),
        )?)
    }

    /// Writes down what a plan withheld for a user.
    pub(crate) fn withhold(&self, user: &str, lines: &[Withheld]) -> Result<(), Refusal> {
        self.0.execute("DELETE FROM withheld WHERE user_id = ?", [user])?;
        for line in lines {
            let what = serde_json::to_string(line).map_err(|_| Refusal::Internal)?;
            self.0.execute("INSERT INTO withheld VALUES (?, ?, ?)", params![user, line.code.to_string(), what])?;
        }
        Ok(())
    }

    /// For whom something was withheld for one reason.
    pub(crate) fn withheld_as(&self, code: &str) -> Result<BTreeSet<String>, Refusal> {
        self.names("SELECT DISTINCT user_id FROM withheld WHERE code = ?", &[code])
    }

    /// Notes whether a user waits for an operator, because too many were to lose something at once.
    pub(crate) fn hold(&self, user: &str, held: bool) -> Result<(), Refusal> {
        let statement =
            if held { "INSERT OR IGNORE INTO held VALUES (?)" } else { "DELETE FROM held WHERE user_id = ?" };
        self.0.execute(statement, [user])?;
        Ok(())
    }

    /// Who waits for an operator.
    pub(crate) fn held(&self) -> Result<BTreeSet<String>, Refusal> {
        self.names("SELECT user_id FROM held", &[])
    }

    /// What the batches of the last seconds came to.
    pub(crate) fn batches_within(&self, seconds: u64) -> Result<Earlier, Refusal> {
        Ok(self.0.query_row(
            "SELECT coalesce(sum(people), 0), coalesce(sum(removals), 0) FROM batches WHERE at > unixepoch() - ?",
            [seconds],
            |row| Ok(Earlier { people: row.get(0)?, removals: row.get(1)? }),
        )?)
    }

    /// Counts a batch for those that come after it, as long as its time lasts.
    pub(crate) fn count_batch(&self, people: usize, removals: u64, seconds: u64) -> Result<(), Refusal> {
        self.0.execute("DELETE FROM batches WHERE at <= unixepoch() - ?", [seconds])?;
        if people > 0 && seconds > 0 {
            self.0.execute("INSERT INTO batches VALUES (unixepoch(), ?, ?)", params![people, removals])?;
        }
        Ok(())
    }

    pub(crate) fn forget_batches(&self) -> Result<(), Refusal> {
        self.0.execute("DELETE FROM batches", [])?;
        Ok(())
    }

    /// Groups whose list of members is not the one that is looked up.
    pub(crate) fn crooked_groups(&self) -> Result<Vec<String>, Refusal> {
        let mut crooked = Vec::new();
        for stored in self.all(ResourceKind::Group)? {
            let id = stored.resource.id().unwrap_or_default().to_owned();
            let mut statement =
                self.0.prepare_cached("SELECT member_id FROM members WHERE group_id = ? ORDER BY member_id")?;
            let rows = statement.query_map([&id], |row| row.get::<_, String>(0))?;
            let listed: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
            if !listed.iter().map(String::as_str).eq(stored.resource.members()) {
                crooked.push(id);
            }
        }
        Ok(crooked)
    }
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Result<Stored, Refusal>> {
    let body: String = row.get(0)?;
    let (version, created, modified) = (row.get(1)?, row.get(2)?, row.get(3)?);
    let resource = serde_json::from_str(&body).map_err(|_| Refusal::Internal);
    Ok(resource.map(|resource| Stored { resource, version, created, modified }))
}

/// A target as it is stored: its document, which has one form.
fn write_target(target: &Target) -> Result<String, Refusal> {
    serde_json::to_string(target).map_err(|_| Refusal::Internal)
}

fn read_target(text: &str) -> Result<Target, Refusal> {
    serde_json::from_str(text).map_err(|_| Refusal::Internal)
}
