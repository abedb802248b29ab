//! Accounts of people. What a deleted account has done still names it; its mail address is free again.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
    Email,
    EmailVerifiedAt,
    PasswordHash,
    Name,
    Lang,
    Role,
    TotpSecret,
    TotpConfirmedAt,
    TotpLastStep,
    Mail,
    DigestSentAt,
    CreatedAt,
    DeletedAt,
}

const LANGUAGES: [&str; 2] = ["zh", "en"];
const ROLES: [&str; 3] = ["NONE", "MODERATOR", "ADMINISTRATOR"];
const MAILS: [&str; 3] = ["IMMEDIATE", "DIGEST", "OFF"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Account::Table)
            .col(ColumnDef::new(Account::Id).uuid().not_null())
            .col(ColumnDef::new(Account::Email).string_len(320))
            .col(ColumnDef::new(Account::EmailVerifiedAt).big_integer())
            .col(ColumnDef::new(Account::PasswordHash).text().not_null())
            .col(ColumnDef::new(Account::Name).string_len(200).not_null())
            .col(ColumnDef::new(Account::Lang).string_len(2).not_null())
            .col(ColumnDef::new(Account::Role).string_len(20).not_null())
            .col(ColumnDef::new(Account::TotpSecret).blob())
            .col(ColumnDef::new(Account::TotpConfirmedAt).big_integer())
            .col(ColumnDef::new(Account::TotpLastStep).big_integer())
            .col(ColumnDef::new(Account::Mail).string_len(10).not_null())
            .col(ColumnDef::new(Account::DigestSentAt).big_integer())
            .col(ColumnDef::new(Account::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(Account::DeletedAt).big_integer())
            .primary_key(Index::create().name("pk_account").col(Account::Id))
            .check(Check::named("ck_account_lang", Expr::col(Account::Lang).is_in(LANGUAGES)))
            .check(Check::named("ck_account_role", Expr::col(Account::Role).is_in(ROLES)))
            .check(Check::named("ck_account_mail", Expr::col(Account::Mail).is_in(MAILS)))
            .take();
        manager.create_table(table).await?;
        let unique = Index::create().unique().name("uq_account_email").table(Account::Table).col(Account::Email).take();
        manager.create_index(unique).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Account::Table).take()).await
    }
}
