//! Consortia that are being planned.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Consortium {
    Table,
    Id,
    Guide,
    Direction,
    Name,
    Status,
    Version,
    CreatedBy,
    CreatedAt,
    ChangedAt,
}

const STATUSES: [&str; 2] = ["OPEN", "ARCHIVED"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Consortium::Table)
            .col(ColumnDef::new(Consortium::Id).uuid().not_null())
            .col(ColumnDef::new(Consortium::Guide).string_len(100).not_null())
            .col(ColumnDef::new(Consortium::Direction).string_len(100).not_null())
            .col(ColumnDef::new(Consortium::Name).string_len(300).not_null())
            .col(ColumnDef::new(Consortium::Status).string_len(10).not_null())
            .col(ColumnDef::new(Consortium::Version).integer().not_null())
            .col(ColumnDef::new(Consortium::CreatedBy).uuid().not_null())
            .col(ColumnDef::new(Consortium::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(Consortium::ChangedAt).big_integer().not_null())
            .primary_key(Index::create().name("pk_consortium").col(Consortium::Id))
            .check(Check::named("ck_consortium_status", Expr::col(Consortium::Status).is_in(STATUSES)))
            .take();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("ix_consortium_direction")
            .table(Consortium::Table)
            .col(Consortium::Guide)
            .col(Consortium::Direction)
            .col(Consortium::Status)
            .take();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Consortium::Table).take()).await
    }
}
