//! The inboxes of accounts.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Notification {
    Table,
    Id,
    AccountId,
    Kind,
    ProfileId,
    CaseId,
    Payload,
    Sequence,
    CreatedAt,
    ReadAt,
    MailedAt,
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
            .name("fk_notification_account")
            .from(Notification::Table, Notification::AccountId)
            .to(Account::Table, Account::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(Notification::Table)
            .col(ColumnDef::new(Notification::Id).uuid().not_null())
            .col(ColumnDef::new(Notification::AccountId).uuid().not_null())
            .col(ColumnDef::new(Notification::Kind).string_len(40).not_null())
            .col(ColumnDef::new(Notification::ProfileId).uuid())
            .col(ColumnDef::new(Notification::CaseId).uuid())
            .col(ColumnDef::new(Notification::Payload).text().not_null())
            .col(ColumnDef::new(Notification::Sequence).big_integer().not_null())
            .col(ColumnDef::new(Notification::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(Notification::ReadAt).big_integer())
            .col(ColumnDef::new(Notification::MailedAt).big_integer())
            .primary_key(Index::create().name("pk_notification").col(Notification::Id))
            .foreign_key(&mut account.clone())
            .take();
        manager.create_table(table).await?;
        let inbox = Index::create()
            .name("ix_notification_inbox")
            .table(Notification::Table)
            .col(Notification::AccountId)
            .col(Notification::Id)
            .take();
        manager.create_index(inbox).await?;
        let of_record = Index::create()
            .name("ix_notification_sequence")
            .table(Notification::Table)
            .col(Notification::Sequence)
            .take();
        manager.create_index(of_record).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Notification::Table).take()).await
    }
}
