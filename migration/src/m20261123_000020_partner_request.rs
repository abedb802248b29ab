//! What institutions look for: requests for partners.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum PartnerRequest {
    Table,
    Id,
    ProfileId,
    Status,
    Version,
    Content,
    Published,
    ExpiresOn,
    Author,
    CreatedAt,
    ChangedAt,
    PublishedAt,
    DecidedBy,
    Reason,
}

#[derive(DeriveIden)]
enum Profile {
    Table,
    Id,
}

const STATUSES: [&str; 6] = ["SUBMITTED", "CHANGES_REQUESTED", "PUBLISHED", "REFUSED", "CLOSED", "EXPIRED"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let profile = ForeignKey::create()
            .name("fk_partner_request_profile")
            .from(PartnerRequest::Table, PartnerRequest::ProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(PartnerRequest::Table)
            .col(ColumnDef::new(PartnerRequest::Id).uuid().not_null())
            .col(ColumnDef::new(PartnerRequest::ProfileId).uuid().not_null())
            .col(ColumnDef::new(PartnerRequest::Status).string_len(20).not_null())
            .col(ColumnDef::new(PartnerRequest::Version).integer().not_null())
            .col(ColumnDef::new(PartnerRequest::Content).text().not_null())
            .col(ColumnDef::new(PartnerRequest::Published).text())
            .col(ColumnDef::new(PartnerRequest::ExpiresOn).string_len(10).not_null())
            .col(ColumnDef::new(PartnerRequest::Author).uuid().not_null())
            .col(ColumnDef::new(PartnerRequest::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(PartnerRequest::ChangedAt).big_integer().not_null())
            .col(ColumnDef::new(PartnerRequest::PublishedAt).big_integer())
            .col(ColumnDef::new(PartnerRequest::DecidedBy).uuid())
            .col(ColumnDef::new(PartnerRequest::Reason).text())
            .primary_key(Index::create().name("pk_partner_request").col(PartnerRequest::Id))
            .foreign_key(&mut profile.clone())
            .check(Check::named("ck_partner_request_status", Expr::col(PartnerRequest::Status).is_in(STATUSES)))
            .take();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("ix_partner_request_profile")
            .table(PartnerRequest::Table)
            .col(PartnerRequest::ProfileId)
            .take();
        manager.create_index(index).await?;
        let index = Index::create()
            .name("ix_partner_request_queue")
            .table(PartnerRequest::Table)
            .col(PartnerRequest::Status)
            .col(PartnerRequest::ChangedAt)
            .take();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(PartnerRequest::Table).take()).await
    }
}
