//! The keys that sign reports. They are kept for as long as a report may be verified.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum ReportKey {
    Table,
    Id,
    Private,
    Public,
    CreatedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(ReportKey::Table)
            .col(ColumnDef::new(ReportKey::Id).string_len(40).not_null())
            .col(ColumnDef::new(ReportKey::Private).blob().not_null())
            .col(ColumnDef::new(ReportKey::Public).binary_len(32).not_null())
            .col(ColumnDef::new(ReportKey::CreatedAt).big_integer().not_null())
            .primary_key(Index::create().name("pk_report_key").col(ReportKey::Id))
            .take();
        manager.create_table(table).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ReportKey::Table).take()).await
    }
}
