//! Reports that were frozen and signed.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum SignedReport {
    Table,
    Id,
    ConsortiumId,
    Version,
    Verdict,
    Jws,
    Facts,
    SignedBy,
    ProfileId,
    SignedAt,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum Consortium {
    Table,
    Id,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let consortium = ForeignKey::create()
            .name("fk_signed_report_consortium")
            .from(SignedReport::Table, SignedReport::ConsortiumId)
            .to(Consortium::Table, Consortium::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(SignedReport::Table)
            .col(ColumnDef::new(SignedReport::Id).uuid().not_null())
            .col(ColumnDef::new(SignedReport::ConsortiumId).uuid().not_null())
            .col(ColumnDef::new(SignedReport::Version).integer().not_null())
            .col(ColumnDef::new(SignedReport::Verdict).string_len(20).not_null())
            .col(ColumnDef::new(SignedReport::Jws).text().not_null())
            .col(ColumnDef::new(SignedReport::Facts).text().not_null())
            .col(ColumnDef::new(SignedReport::SignedBy).uuid().not_null())
            .col(ColumnDef::new(SignedReport::ProfileId).uuid().not_null())
            .col(ColumnDef::new(SignedReport::SignedAt).big_integer().not_null())
            .col(ColumnDef::new(SignedReport::ExpiresAt).big_integer().not_null())
            .primary_key(Index::create().name("pk_signed_report").col(SignedReport::Id))
            .foreign_key(&mut consortium.clone())
            .take();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("ix_signed_report_consortium")
            .table(SignedReport::Table)
            .col(SignedReport::ConsortiumId)
            .col(SignedReport::SignedAt)
            .take();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(SignedReport::Table).take()).await
    }
}
