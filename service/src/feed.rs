//! The change feed: every change of a profile takes the next number, in the transaction that makes the change.
//!
//! The head of the feed is one row. Whoever writes locks it first, so that writers come one after the other and a number is
//! never seen before a smaller one: a reader that has seen change n has seen all before it. A profile keeps only the number
//! of its last change; the feed is the profiles in that order, each once, with those that are no longer listed.

use entity::directory;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::error::Error;

/// The head of the feed, locked for a transaction.
#[derive(Debug)]
pub(crate) struct Head {
    change: i64,
    taken: bool,
}

impl Head {
    /// Locks the head. Must be the first statement of the transaction: in SQLite it makes it a writer before it has read.
    pub(crate) async fn lock(transaction: &DatabaseTransaction) -> Result<Self, Error> {
        let same = Expr::col(directory::Column::Change);
        directory::Entity::update_many().col_expr(directory::Column::Change, same).exec(transaction).await?;
        Ok(Self { change: at(transaction).await?.change, taken: false })
    }

    /// The next number.
    pub(crate) fn take(&mut self) -> i64 {
        self.taken = true;
        self.change += 1;
        self.change
    }

    /// Writes down how far the feed has come. Must be done before the transaction is committed.
    pub(crate) async fn store(self, transaction: &DatabaseTransaction) -> Result<(), Error> {
        if self.taken {
            directory::Entity::update_many()
                .col_expr(directory::Column::Change, Expr::value(self.change))
                .filter(directory::Column::Id.eq(1))
                .exec(transaction)
                .await?;
        }
        Ok(())
    }
}

/// Where the feed stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Which database this is.
    pub(crate) instance: Uuid,
    /// The number of the last change.
    pub(crate) change: i64,
}

/// Where the feed stands now.
pub(crate) async fn at(connection: &impl ConnectionTrait) -> Result<Standing, Error> {
    let head = directory::Entity::find_by_id(1).one(connection).await?;
    let head = head.ok_or_else(|| DbErr::RecordNotFound("the row of `directory`".to_owned()))?;
    Ok(Standing { instance: head.instance, change: head.change })
}
