//! Who may do what with a profile.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Membership {
    Table,
    ProfileId,
    AccountId,
    Role,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Profile {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

const ROLES: [&str; 3] = ["OWNER", "EDITOR", "VIEWER"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let profile = ForeignKey::create()
            .name("fk_membership_profile")
            .from(Membership::Table, Membership::ProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let account = ForeignKey::create()
            .name("fk_membership_account")
            .from(Membership::Table, Membership::AccountId)
            .to(Account::Table, Account::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(Membership::Table)
            .col(ColumnDef::new(Membership::ProfileId).uuid().not_null())
            .col(ColumnDef::new(Membership::AccountId).uuid().not_null())
            .col(ColumnDef::new(Membership::Role).string_len(10).not_null())
            .col(ColumnDef::new(Membership::CreatedAt).big_integer().not_null())
            .primary_key(Index::create().name("pk_membership").col(Membership::ProfileId).col(Membership::AccountId))
            .foreign_key(&mut profile.clone())
            .foreign_key(&mut account.clone())
            .check(Check::named("ck_membership_role", Expr::col(Membership::Role).is_in(ROLES)))
            .take();
        manager.create_table(table).await?;
        let of_account =
            Index::create().name("ix_membership_account").table(Membership::Table).col(Membership::AccountId).take();
        manager.create_index(of_account).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Membership::Table).take()).await
    }
}
