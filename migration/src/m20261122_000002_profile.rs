//! Profiles: which revision is published, and the number of the last change.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Profile {
    Table,
    Id,
    Status,
    PublishedRevision,
    Change,
    CreatedAt,
    ChangedAt,
}

const STATUSES: [&str; 6] = ["DRAFT", "SUBMITTED", "CHANGES_REQUESTED", "PUBLISHED", "SUSPENDED", "ARCHIVED"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let published =
            Expr::col(Profile::Status).ne("PUBLISHED").or(Expr::col(Profile::PublishedRevision).is_not_null());
        let table = Table::create()
            .table(Profile::Table)
            .col(ColumnDef::new(Profile::Id).uuid().not_null())
            .col(ColumnDef::new(Profile::Status).string_len(20).not_null())
            .col(ColumnDef::new(Profile::PublishedRevision).integer())
            .col(ColumnDef::new(Profile::Change).big_integer().not_null())
            .col(ColumnDef::new(Profile::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(Profile::ChangedAt).big_integer().not_null())
            .primary_key(Index::create().name("pk_profile").col(Profile::Id))
            .check(Check::named("ck_profile_status", Expr::col(Profile::Status).is_in(STATUSES)))
            .check(Check::named("ck_profile_published_has_revision", published))
            .take();
        manager.create_table(table).await?;
        let feed = Index::create().unique().name("uq_profile_change").table(Profile::Table).col(Profile::Change).take();
        manager.create_index(feed).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Profile::Table).take()).await
    }
}
