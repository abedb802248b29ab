//! Searches that people have kept, to be told of what is new.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Watch {
    Table,
    Id,
    AccountId,
    Name,
    Criteria,
    IsActive,
    AfterChange,
    CreatedAt,
    ToldAt,
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let account = ForeignKey::create()
            .name("fk_watch_account")
            .from(Watch::Table, Watch::AccountId)
            .to(Account::Table, Account::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(Watch::Table)
            .col(ColumnDef::new(Watch::Id).uuid().not_null())
            .col(ColumnDef::new(Watch::AccountId).uuid().not_null())
            .col(ColumnDef::new(Watch::Name).string_len(200).not_null())
            .col(ColumnDef::new(Watch::Criteria).text().not_null())
            .col(ColumnDef::new(Watch::IsActive).boolean().not_null())
            .col(ColumnDef::new(Watch::AfterChange).big_integer().not_null())
            .col(ColumnDef::new(Watch::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(Watch::ToldAt).big_integer())
            .primary_key(Index::create().name("pk_watch").col(Watch::Id))
            .foreign_key(&mut account.clone())
            .take();
        manager.create_table(table).await?;
        let index = Index::create().name("ix_watch_account").table(Watch::Table).col(Watch::AccountId).take();
        manager.create_index(index).await?;
        let index = Index::create()
            .name("ix_watch_after_change")
            .table(Watch::Table)
            .col(Watch::IsActive)
            .col(Watch::AfterChange)
            .take();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Watch::Table).take()).await
    }
}
