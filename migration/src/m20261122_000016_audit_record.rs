//! What was done, record after record, and the head of the chain: one row, whose lock puts all records into one order. The
//! records refer to nothing: they outlive what they tell of.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum AuditRecord {
    Table,
    Sequence,
    At,
    Actor,
    Action,
    ProfileId,
    AccountId,
    CaseId,
    Details,
    Previous,
    Hash,
}

#[derive(DeriveIden)]
enum AuditHead {
    Table,
    Id,
    Sequence,
    Hash,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(AuditRecord::Table)
            .col(ColumnDef::new(AuditRecord::Sequence).big_integer().not_null())
            .col(ColumnDef::new(AuditRecord::At).big_integer().not_null())
            .col(ColumnDef::new(AuditRecord::Actor).uuid())
            .col(ColumnDef::new(AuditRecord::Action).string_len(40).not_null())
            .col(ColumnDef::new(AuditRecord::ProfileId).uuid())
            .col(ColumnDef::new(AuditRecord::AccountId).uuid())
            .col(ColumnDef::new(AuditRecord::CaseId).uuid())
            .col(ColumnDef::new(AuditRecord::Details).text().not_null())
            .col(ColumnDef::new(AuditRecord::Previous).binary_len(32).not_null())
            .col(ColumnDef::new(AuditRecord::Hash).binary_len(32).not_null())
            .primary_key(Index::create().name("pk_audit_record").col(AuditRecord::Sequence))
            .take();
        manager.create_table(table).await?;
        let of_profile = Index::create()
            .name("ix_audit_record_profile")
            .table(AuditRecord::Table)
            .col(AuditRecord::ProfileId)
            .take();
        manager.create_index(of_profile).await?;
        let of_account = Index::create()
            .name("ix_audit_record_account")
            .table(AuditRecord::Table)
            .col(AuditRecord::AccountId)
            .take();
        manager.create_index(of_account).await?;
        let table = Table::create()
            .table(AuditHead::Table)
            .col(ColumnDef::new(AuditHead::Id).integer().not_null())
            .col(ColumnDef::new(AuditHead::Sequence).big_integer().not_null())
            .col(ColumnDef::new(AuditHead::Hash).binary_len(32).not_null())
            .primary_key(Index::create().name("pk_audit_head").col(AuditHead::Id))
            .check(Check::named("ck_audit_head_one_row", Expr::col(AuditHead::Id).eq(1)))
            .take();
        manager.create_table(table).await?;
        let row = Query::insert()
            .into_table(AuditHead::Table)
            .columns([AuditHead::Id, AuditHead::Sequence, AuditHead::Hash])
            .values_panic([1.into(), 0_i64.into(), vec![0_u8; 32].into()])
            .take();
        manager.execute(row).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(AuditHead::Table).take()).await?;
        manager.drop_table(Table::drop().table(AuditRecord::Table).take()).await
    }
}
