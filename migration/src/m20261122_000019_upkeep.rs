//! What keeps a profile up: the number of its newest revision, when its facts were confirmed, and who wrote what.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Profile {
    Table,
    Id,
    LatestRevision,
    ConfirmedAt,
    RemindedAt,
}

#[derive(DeriveIden)]
enum Revision {
    Table,
    ProfileId,
    Number,
    Author,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite takes one column at a time.
        for column in [
            ColumnDef::new(Profile::LatestRevision).integer().not_null().default(1).take(),
            ColumnDef::new(Profile::ConfirmedAt).big_integer().take(),
            ColumnDef::new(Profile::RemindedAt).big_integer().take(),
        ] {
            manager.alter_table(Table::alter().table(Profile::Table).add_column(column).take()).await?;
        }
        let author = ColumnDef::new(Revision::Author).uuid().take();
        manager.alter_table(Table::alter().table(Revision::Table).add_column(author).take()).await?;
        let of_profile = Expr::col((Revision::Table, Revision::ProfileId)).equals((Profile::Table, Profile::Id));
        let newest = Query::select()
            .expr(Func::max(Expr::col(Revision::Number)))
            .from(Revision::Table)
            .and_where(of_profile.clone())
            .take();
        let later = Query::select()
            .column(Revision::Number)
            .from(Revision::Table)
            .and_where(of_profile)
            .and_where(Expr::col(Revision::Number).gt(1))
            .take();
        let backfill = Query::update()
            .table(Profile::Table)
            .value(Profile::LatestRevision, newest)
            .and_where(Expr::exists(later))
            .take();
        manager.execute(backfill).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(Revision::Table).drop_column(Revision::Author).take()).await?;
        for column in [Profile::RemindedAt, Profile::ConfirmedAt, Profile::LatestRevision] {
            manager.alter_table(Table::alter().table(Profile::Table).drop_column(column).take()).await?;
        }
        Ok(())
    }
}
