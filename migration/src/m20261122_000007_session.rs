//! Sessions, and the refresh tokens that go on with them.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Session {
    Table,
    Id,
    AccountId,
    CreatedAt,
    ExpiresAt,
    LastUsedAt,
    RevokedAt,
    SecondFactor,
}

#[derive(DeriveIden)]
enum RefreshToken {
    Table,
    Hash,
    SessionId,
    IssuedAt,
    UsedAt,
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
            .name("fk_session_account")
            .from(Session::Table, Session::AccountId)
            .to(Account::Table, Account::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(Session::Table)
            .col(ColumnDef::new(Session::Id).uuid().not_null())
            .col(ColumnDef::new(Session::AccountId).uuid().not_null())
            .col(ColumnDef::new(Session::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(Session::ExpiresAt).big_integer().not_null())
            .col(ColumnDef::new(Session::LastUsedAt).big_integer().not_null())
            .col(ColumnDef::new(Session::RevokedAt).big_integer())
            .col(ColumnDef::new(Session::SecondFactor).boolean().not_null())
            .primary_key(Index::create().name("pk_session").col(Session::Id))
            .foreign_key(&mut account.clone())
            .take();
        manager.create_table(table).await?;
        let of_account =
            Index::create().name("ix_session_account").table(Session::Table).col(Session::AccountId).take();
        manager.create_index(of_account).await?;
        let revoked = Index::create().name("ix_session_revoked").table(Session::Table).col(Session::RevokedAt).take();
        manager.create_index(revoked).await?;
        let session = ForeignKey::create()
            .name("fk_refresh_token_session")
            .from(RefreshToken::Table, RefreshToken::SessionId)
            .to(Session::Table, Session::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(RefreshToken::Table)
            .col(ColumnDef::new(RefreshToken::Hash).binary_len(32).not_null())
            .col(ColumnDef::new(RefreshToken::SessionId).uuid().not_null())
            .col(ColumnDef::new(RefreshToken::IssuedAt).big_integer().not_null())
            .col(ColumnDef::new(RefreshToken::UsedAt).big_integer())
            .primary_key(Index::create().name("pk_refresh_token").col(RefreshToken::Hash))
            .foreign_key(&mut session.clone())
            .take();
        manager.create_table(table).await?;
        let of_session = Index::create()
            .name("ix_refresh_token_session")
            .table(RefreshToken::Table)
            .col(RefreshToken::SessionId)
            .take();
        manager.create_index(of_session).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(RefreshToken::Table).take()).await?;
        manager.drop_table(Table::drop().table(Session::Table).take()).await
    }
}
