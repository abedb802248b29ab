//! How often something was tried, so that it is not tried too often.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Throttle {
    Table,
    Key,
    Count,
    ResetsAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Throttle::Table)
            .col(ColumnDef::new(Throttle::Key).string_len(100).not_null())
            .col(ColumnDef::new(Throttle::Count).integer().not_null())
            .col(ColumnDef::new(Throttle::ResetsAt).big_integer().not_null())
            .primary_key(Index::create().name("pk_throttle").col(Throttle::Key))
            .take();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Throttle::Table).take()).await
    }
}
