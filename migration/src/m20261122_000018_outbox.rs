//! Mails that are to be sent: written with what they tell of, in one transaction, and deleted once they are sent.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Outbox {
    Table,
    Id,
    ToAddress,
    Subject,
    Text,
    Html,
    CreatedAt,
    NotBefore,
    Attempts,
    LastError,
    LeasedUntil,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Outbox::Table)
            .col(ColumnDef::new(Outbox::Id).uuid().not_null())
            .col(ColumnDef::new(Outbox::ToAddress).string_len(320).not_null())
            .col(ColumnDef::new(Outbox::Subject).text().not_null())
            .col(ColumnDef::new(Outbox::Text).text().not_null())
            .col(ColumnDef::new(Outbox::Html).text().not_null())
            .col(ColumnDef::new(Outbox::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(Outbox::NotBefore).big_integer().not_null())
            .col(ColumnDef::new(Outbox::Attempts).integer().not_null())
            .col(ColumnDef::new(Outbox::LastError).text())
            .col(ColumnDef::new(Outbox::LeasedUntil).big_integer())
            .primary_key(Index::create().name("pk_outbox").col(Outbox::Id))
            .take();
        manager.create_table(table).await?;
        let due = Index::create().name("ix_outbox_not_before").table(Outbox::Table).col(Outbox::NotBefore).take();
        manager.create_index(due).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Outbox::Table).take()).await
    }
}
