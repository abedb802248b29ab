//! Room for the longest names of call and direction, and an index for the newest change of a partner request.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Interest {
    Table,
    Direction,
}

#[derive(DeriveIden)]
enum PartnerRequest {
    Table,
    ChangedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        direction_of(manager, 210).await?;
        let index = Index::create()
            .name("ix_partner_request_changed_at")
            .table(PartnerRequest::Table)
            .col(PartnerRequest::ChangedAt)
            .take();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name("ix_partner_request_changed_at").table(PartnerRequest::Table).to_owned();
        manager.drop_index(index).await?;
        direction_of(manager, 100).await
    }
}

/// Makes room for as many characters. SQLite does not mind lengths, and has no way to change one.
async fn direction_of(manager: &SchemaManager<'_>, length: u32) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        let direction = ColumnDef::new(Interest::Direction).string_len(length).take();
        manager.alter_table(Table::alter().table(Interest::Table).modify_column(direction).take()).await?;
    }
    Ok(())
}
