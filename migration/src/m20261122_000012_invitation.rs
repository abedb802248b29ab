//! Invitations to become a member of a profile.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Invitation {
    Table,
    Id,
    ProfileId,
    Email,
    Role,
    TokenHash,
    InvitedBy,
    State,
    CreatedAt,
    ExpiresAt,
    AnsweredAt,
}

#[derive(DeriveIden)]
enum Profile {
    Table,
    Id,
}

const ROLES: [&str; 3] = ["OWNER", "EDITOR", "VIEWER"];
const STATES: [&str; 4] = ["OPEN", "ACCEPTED", "DECLINED", "REVOKED"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let profile = ForeignKey::create()
            .name("fk_invitation_profile")
            .from(Invitation::Table, Invitation::ProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(Invitation::Table)
            .col(ColumnDef::new(Invitation::Id).uuid().not_null())
            .col(ColumnDef::new(Invitation::ProfileId).uuid().not_null())
            .col(ColumnDef::new(Invitation::Email).string_len(320).not_null())
            .col(ColumnDef::new(Invitation::Role).string_len(10).not_null())
            .col(ColumnDef::new(Invitation::TokenHash).binary_len(32).not_null())
            .col(ColumnDef::new(Invitation::InvitedBy).uuid().not_null())
            .col(ColumnDef::new(Invitation::State).string_len(10).not_null())
            .col(ColumnDef::new(Invitation::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(Invitation::ExpiresAt).big_integer().not_null())
            .col(ColumnDef::new(Invitation::AnsweredAt).big_integer())
            .primary_key(Index::create().name("pk_invitation").col(Invitation::Id))
            .foreign_key(&mut profile.clone())
            .check(Check::named("ck_invitation_role", Expr::col(Invitation::Role).is_in(ROLES)))
            .check(Check::named("ck_invitation_state", Expr::col(Invitation::State).is_in(STATES)))
            .take();
        manager.create_table(table).await?;
        let unique = Index::create()
            .unique()
            .name("uq_invitation_token_hash")
            .table(Invitation::Table)
            .col(Invitation::TokenHash)
            .take();
        manager.create_index(unique).await?;
        let of_profile =
            Index::create().name("ix_invitation_profile").table(Invitation::Table).col(Invitation::ProfileId).take();
        manager.create_index(of_profile).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Invitation::Table).take()).await
    }
}
