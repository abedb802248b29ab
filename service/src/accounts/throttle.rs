//! How often something may be tried: counted in the database, so that it holds on all nodes together, and before it is tried, so
//! that many attempts at once are no way around it.

use std::net::IpAddr;

use entity::throttle;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};

use crate::accounts::secrets;
use crate::audit::hexadecimal;
use crate::error::Error;
use crate::refusal::Refusal;

/// How often something may be tried in a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// What is tried.
    of: &'static str,
    /// How often.
    times: i32,
    /// In how many milliseconds.
    within: i64,
}

const MINUTE: i64 = 60_000;

/// Wrong passwords and codes of one account.
pub(crate) const GUESSES_OF_ACCOUNT: Limit = Limit { of: "guess/account", times: 10, within: 15 * MINUTE };
/// Wrong passwords and codes from one address of the network.
pub(crate) const GUESSES_FROM_ADDRESS: Limit = Limit { of: "guess/address", times: 60, within: 15 * MINUTE };
/// Mails that anybody can have sent to one mail address.
pub(crate) const MAILS_OF_ACCOUNT: Limit = Limit { of: "mail/account", times: 3, within: 60 * MINUTE };
/// Mails that can be had from one address of the network.
pub(crate) const MAILS_FROM_ADDRESS: Limit = Limit { of: "mail/address", times: 20, within: 60 * MINUTE };

/// An attempt that was counted.
#[derive(Debug)]
#[must_use = "an attempt that succeeds is given back"]
pub(crate) struct Counted(String);

impl Counted {
    /// Takes it back: it was none of those that are limited.
    pub(crate) async fn give_back(&self, connection: &impl ConnectionTrait) -> Result<(), Error> {
        throttle::Entity::update_many()
            .col_expr(throttle::Column::Count, Expr::col(throttle::Column::Count).sub(1))
            .filter(throttle::Column::Key.eq(&self.0))
            .filter(throttle::Column::Count.gt(0))
            .exec(connection)
            .await?;
        Ok(())
    }
}

/// Counts an attempt, or refuses it. One statement does both: of many at once, no more than the limit get through.
pub(crate) async fn count(
    connection: &impl ConnectionTrait,
    limit: Limit,
    by: &str,
    now: i64,
) -> Result<Counted, Refusal> {
    const SQL: &str = "INSERT INTO throttle (key, count, resets_at) VALUES ($1, 1, $2) \
        ON CONFLICT (key) DO UPDATE SET \
        count = CASE WHEN throttle.resets_at <= $3 THEN 1 ELSE throttle.count + 1 END, \
        resets_at = CASE WHEN throttle.resets_at <= $3 THEN excluded.resets_at ELSE throttle.resets_at END \
        WHERE throttle.resets_at <= $3 OR throttle.count < $4 RETURNING count";
    let key = key(limit, by);
    let values = [key.clone().into(), (now + limit.within).into(), now.into(), limit.times.into()];
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), SQL, values);
    if connection.query_one_raw(statement).await?.is_some() {
        return Ok(Counted(key));
    }
    let row = throttle::Entity::find_by_id(key).one(connection).await?;
    let wait = row.map_or(limit.within, |row| row.resets_at - now);
    let wait = u64::try_from(wait).unwrap_or_default();
    Err(Refusal::Throttled { seconds: Ord::max(1, wait.div_ceil(1_000)) })
}

/// Begins anew to count.
pub(crate) async fn clear(connection: &impl ConnectionTrait, limit: Limit, by: &str) -> Result<(), Error> {
    throttle::Entity::delete_by_id(key(limit, by)).exec(connection).await?;
    Ok(())
}

/// Drops what no longer counts.
pub(crate) async fn sweep(connection: &impl ConnectionTrait, now: i64) -> Result<(), Error> {
    throttle::Entity::delete_many().filter(throttle::Column::ResetsAt.lte(now)).exec(connection).await?;
    Ok(())
}

/// The row's key, which tells nobody who it is.
fn key(limit: Limit, by: &str) -> String {
    hexadecimal(&secrets::sha256(format!("{}\n{by}", limit.of).as_bytes()))
}

/// An address of the network as it is counted: of IPv6 the first half, for whoever has one address there has them all.
pub(crate) fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Database;

    #[test]
    fn an_address_is_counted_with_its_network() {
        assert_eq!(network("203.0.113.9"), "203.0.113.9");
        assert_eq!(network("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2::7"), "2001:db8:1:2::/64");
        assert_eq!(network(""), "");
    }

    #[tokio::test]
    async fn attempts_count_until_their_time_is_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite://{}", folder.path().join("throttle.db").display());
        let database = Database::open(&address).await.expect("a database");
        let connection = database.connection();
        let limit = Limit { of: "test", times: 2, within: 10_000 };
        let tried = async |by: &str, now| match count(connection, limit, by, now).await {
            Ok(counted) => Ok(counted),
            Err(Refusal::Throttled { seconds }) => Err(seconds),
            Err(other) => panic!("{other}"),
        };
        let first = tried("a", 1_000).await.expect("the first");
        let _second = tried("a", 2_000).await.expect("the second");
        assert_eq!(tried("a", 3_000).await.expect_err("the third"), 8);
        assert_eq!(tried("a", 10_999).await.expect_err("the fourth"), 1);
        assert!(tried("b", 3_000).await.is_ok(), "others are not concerned");

        first.give_back(connection).await.expect("given back");
        assert!(tried("a", 4_000).await.is_ok(), "one was given back");
        assert!(tried("a", 4_000).await.is_err(), "only one was, whatever was refused meanwhile");

        assert!(tried("a", 11_000).await.is_ok(), "the time is over");
        assert!(tried("a", 11_000).await.is_ok());
        assert_eq!(tried("a", 11_000).await.expect_err("a new time has begun"), 10);

        clear(connection, limit, "a").await.expect("cleared");
        assert!(tried("a", 11_001).await.is_ok());
        sweep(connection, 13_000).await.expect("swept");
        let left: Vec<i64> =
            throttle::Entity::find().all(connection).await.expect("rows").iter().map(|r| r.resets_at).collect();
        assert_eq!(left, [21_001], "what no longer counts is gone");
    }
}
