//! Tokens of the links in mails: each is good once.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum OneTimeToken {
    Table,
    Hash,
    Purpose,
    AccountId,
    Email,
    CreatedAt,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

const PURPOSES: [&str; 3] = ["VERIFY_EMAIL", "RESET_PASSWORD", "CHANGE_EMAIL"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let account = ForeignKey::create()
            .name("fk_one_time_token_account")
            .from(OneTimeToken::Table, OneTimeToken::AccountId)
            .to(Account::Table, Account::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(OneTimeToken::Table)
            .col(ColumnDef::new(OneTimeToken::Hash).binary_len(32).not_null())
            .col(ColumnDef::new(OneTimeToken::Purpose).string_len(20).not_null())
            .col(ColumnDef::new(OneTimeToken::AccountId).uuid().not_null())
            .col(ColumnDef::new(OneTimeToken::Email).string_len(320))
            .col(ColumnDef::new(OneTimeToken::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(OneTimeToken::ExpiresAt).big_integer().not_null())
            .primary_key(Index::create().name("pk_one_time_token").col(OneTimeToken::Hash))
            .foreign_key(&mut account.clone())
            .check(Check::named("ck_one_time_token_purpose", Expr::col(OneTimeToken::Purpose).is_in(PURPOSES)))
            .take();
        manager.create_table(table).await?;
        let of_account = Index::create()
            .name("ix_one_time_token_account")
            .table(OneTimeToken::Table)
            .col(OneTimeToken::AccountId)
            .take();
        manager.create_index(of_account).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(OneTimeToken::Table).take()).await
    }
}
