//! Records of registries and portals: which profile each became, and what it held when it was last read.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum SourceRecord {
    Table,
    Source,
    Key,
    ProfileId,
    Digest,
    Modified,
}

#[derive(DeriveIden)]
enum Profile {
    Table,
    Id,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let profile = ForeignKey::create()
            .name("fk_source_record_profile")
            .from(SourceRecord::Table, SourceRecord::ProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(SourceRecord::Table)
            .col(ColumnDef::new(SourceRecord::Source).string_len(40).not_null())
            .col(ColumnDef::new(SourceRecord::Key).string_len(200).not_null())
            .col(ColumnDef::new(SourceRecord::ProfileId).uuid().not_null())
            .col(ColumnDef::new(SourceRecord::Digest).binary_len(16).not_null())
            .col(ColumnDef::new(SourceRecord::Modified).string_len(10))
            .primary_key(Index::create().name("pk_source_record").col(SourceRecord::Source).col(SourceRecord::Key))
            .foreign_key(&mut profile.clone())
            .take();
        manager.create_table(table).await?;
        let of_profile = Index::create()
            .name("ix_source_record_profile")
            .table(SourceRecord::Table)
            .col(SourceRecord::ProfileId)
            .take();
        manager.create_index(of_profile).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(SourceRecord::Table).take()).await
    }
}
