//! The institutions of a consortium, and how they came to be in it.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum ConsortiumMember {
    Table,
    Id,
    ConsortiumId,
    ProfileId,
    Side,
    IsLead,
    Status,
    Message,
    Reason,
    OpenKey,
    LeadKey,
    InvitedBy,
    InvitedAt,
    ExpiresAt,
    AnsweredAt,
    EndedAt,
}

#[derive(DeriveIden)]
enum Consortium {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Profile {
    Table,
    Id,
}

const SIDES: [&str; 2] = ["CHINESE", "PARTNER"];

const STATUSES: [&str; 7] = ["INVITED", "ACCEPTED", "DECLINED", "REVOKED", "EXPIRED", "LEFT", "REMOVED"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let consortium = ForeignKey::create()
            .name("fk_consortium_member_consortium")
            .from(ConsortiumMember::Table, ConsortiumMember::ConsortiumId)
            .to(Consortium::Table, Consortium::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let profile = ForeignKey::create()
            .name("fk_consortium_member_profile")
            .from(ConsortiumMember::Table, ConsortiumMember::ProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Restrict)
            .take();
        let table = Table::create()
            .table(ConsortiumMember::Table)
            .col(ColumnDef::new(ConsortiumMember::Id).uuid().not_null())
            .col(ColumnDef::new(ConsortiumMember::ConsortiumId).uuid().not_null())
            .col(ColumnDef::new(ConsortiumMember::ProfileId).uuid().not_null())
            .col(ColumnDef::new(ConsortiumMember::Side).string_len(10).not_null())
            .col(ColumnDef::new(ConsortiumMember::IsLead).boolean().not_null())
            .col(ColumnDef::new(ConsortiumMember::Status).string_len(10).not_null())
            .col(ColumnDef::new(ConsortiumMember::Message).text())
            .col(ColumnDef::new(ConsortiumMember::Reason).text())
            .col(ColumnDef::new(ConsortiumMember::OpenKey).string_len(80))
            .col(ColumnDef::new(ConsortiumMember::LeadKey).string_len(80))
            .col(ColumnDef::new(ConsortiumMember::InvitedBy).uuid().not_null())
            .col(ColumnDef::new(ConsortiumMember::InvitedAt).big_integer().not_null())
            .col(ColumnDef::new(ConsortiumMember::ExpiresAt).big_integer().not_null())
            .col(ColumnDef::new(ConsortiumMember::AnsweredAt).big_integer())
            .col(ColumnDef::new(ConsortiumMember::EndedAt).big_integer())
            .primary_key(Index::create().name("pk_consortium_member").col(ConsortiumMember::Id))
            .foreign_key(&mut consortium.clone())
            .foreign_key(&mut profile.clone())
            .check(Check::named("ck_consortium_member_side", Expr::col(ConsortiumMember::Side).is_in(SIDES)))
            .check(Check::named("ck_consortium_member_status", Expr::col(ConsortiumMember::Status).is_in(STATUSES)))
            .take();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("uq_consortium_member_open_key")
            .table(ConsortiumMember::Table)
            .col(ConsortiumMember::OpenKey)
            .unique()
            .take();
        manager.create_index(index).await?;
        let index = Index::create()
            .name("uq_consortium_member_lead_key")
            .table(ConsortiumMember::Table)
            .col(ConsortiumMember::LeadKey)
            .unique()
            .take();
        manager.create_index(index).await?;
        let index = Index::create()
            .name("ix_consortium_member_consortium")
            .table(ConsortiumMember::Table)
            .col(ConsortiumMember::ConsortiumId)
            .col(ConsortiumMember::Status)
            .take();
        manager.create_index(index).await?;
        let index = Index::create()
            .name("ix_consortium_member_profile")
            .table(ConsortiumMember::Table)
            .col(ConsortiumMember::ProfileId)
            .col(ConsortiumMember::Status)
            .take();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ConsortiumMember::Table).take()).await
    }
}
