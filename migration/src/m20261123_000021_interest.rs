//! Expressions of interest in a partner.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Interest {
    Table,
    Id,
    FromProfileId,
    ToProfileId,
    RequestId,
    Direction,
    Message,
    Reply,
    Status,
    OpenKey,
    SentBy,
    SentAt,
    AnsweredBy,
    AnsweredAt,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum Profile {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum PartnerRequest {
    Table,
    Id,
}

const STATUSES: [&str; 5] = ["SENT", "ACCEPTED", "DECLINED", "WITHDRAWN", "EXPIRED"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let from_profile = ForeignKey::create()
            .name("fk_interest_from_profile")
            .from(Interest::Table, Interest::FromProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let to_profile = ForeignKey::create()
            .name("fk_interest_to_profile")
            .from(Interest::Table, Interest::ToProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let request = ForeignKey::create()
            .name("fk_interest_request")
            .from(Interest::Table, Interest::RequestId)
            .to(PartnerRequest::Table, PartnerRequest::Id)
            .on_delete(ForeignKeyAction::SetNull)
            .take();
        let table = Table::create()
            .table(Interest::Table)
            .col(ColumnDef::new(Interest::Id).uuid().not_null())
            .col(ColumnDef::new(Interest::FromProfileId).uuid().not_null())
            .col(ColumnDef::new(Interest::ToProfileId).uuid().not_null())
            .col(ColumnDef::new(Interest::RequestId).uuid())
            .col(ColumnDef::new(Interest::Direction).string_len(100))
            .col(ColumnDef::new(Interest::Message).text().not_null())
            .col(ColumnDef::new(Interest::Reply).text())
            .col(ColumnDef::new(Interest::Status).string_len(10).not_null())
            .col(ColumnDef::new(Interest::OpenKey).string_len(80))
            .col(ColumnDef::new(Interest::SentBy).uuid().not_null())
            .col(ColumnDef::new(Interest::SentAt).big_integer().not_null())
            .col(ColumnDef::new(Interest::AnsweredBy).uuid())
            .col(ColumnDef::new(Interest::AnsweredAt).big_integer())
            .col(ColumnDef::new(Interest::ExpiresAt).big_integer().not_null())
            .primary_key(Index::create().name("pk_interest").col(Interest::Id))
            .foreign_key(&mut from_profile.clone())
            .foreign_key(&mut to_profile.clone())
            .foreign_key(&mut request.clone())
            .check(Check::named("ck_interest_status", Expr::col(Interest::Status).is_in(STATUSES)))
            .take();
        manager.create_table(table).await?;
        let index =
            Index::create().name("uq_interest_open_key").table(Interest::Table).col(Interest::OpenKey).unique().take();
        manager.create_index(index).await?;
        let index = Index::create()
            .name("ix_interest_from_profile")
            .table(Interest::Table)
            .col(Interest::FromProfileId)
            .col(Interest::SentAt)
            .take();
        manager.create_index(index).await?;
        let index = Index::create()
            .name("ix_interest_to_profile")
            .table(Interest::Table)
            .col(Interest::ToProfileId)
            .col(Interest::SentAt)
            .take();
        manager.create_index(index).await?;
        let index = Index::create().name("ix_interest_request").table(Interest::Table).col(Interest::RequestId).take();
        manager.create_index(index).await?;
        let index = Index::create()
            .name("ix_interest_expires_at")
            .table(Interest::Table)
            .col(Interest::Status)
            .col(Interest::ExpiresAt)
            .take();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Interest::Table).take()).await
    }
}
