//! Facts that a moderator has verified, each with the value it had then.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Verification {
    Table,
    Id,
    ProfileId,
    Fact,
    Value,
    EvidenceId,
    VerifiedBy,
    VerifiedAt,
    ExpiresOn,
    EndedAt,
    EndedBecause,
}

#[derive(DeriveIden)]
enum Profile {
    Table,
    Id,
}

const ENDS: [&str; 3] = ["EDITED", "WITHDRAWN", "EXPIRED"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let profile = ForeignKey::create()
            .name("fk_verification_profile")
            .from(Verification::Table, Verification::ProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(Verification::Table)
            .col(ColumnDef::new(Verification::Id).uuid().not_null())
            .col(ColumnDef::new(Verification::ProfileId).uuid().not_null())
            .col(ColumnDef::new(Verification::Fact).string_len(80).not_null())
            .col(ColumnDef::new(Verification::Value).text().not_null())
            .col(ColumnDef::new(Verification::EvidenceId).uuid())
            .col(ColumnDef::new(Verification::VerifiedBy).uuid().not_null())
            .col(ColumnDef::new(Verification::VerifiedAt).big_integer().not_null())
            .col(ColumnDef::new(Verification::ExpiresOn).string_len(10))
            .col(ColumnDef::new(Verification::EndedAt).big_integer())
            .col(ColumnDef::new(Verification::EndedBecause).string_len(10))
            .primary_key(Index::create().name("pk_verification").col(Verification::Id))
            .foreign_key(&mut profile.clone())
            .check(Check::named("ck_verification_ended_because", Expr::col(Verification::EndedBecause).is_in(ENDS)))
            .take();
        manager.create_table(table).await?;
        let of_profile = Index::create()
            .name("ix_verification_profile")
            .table(Verification::Table)
            .col(Verification::ProfileId)
            .take();
        manager.create_index(of_profile).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Verification::Table).take()).await
    }
}
