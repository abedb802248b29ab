//! The keys that sign access tokens; every node uses the same.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum SigningKey {
    Table,
    Id,
    Private,
    Public,
    CreatedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(SigningKey::Table)
            .col(ColumnDef::new(SigningKey::Id).string_len(40).not_null())
            .col(ColumnDef::new(SigningKey::Private).blob().not_null())
            .col(ColumnDef::new(SigningKey::Public).binary_len(32).not_null())
            .col(ColumnDef::new(SigningKey::CreatedAt).big_integer().not_null())
            .primary_key(Index::create().name("pk_signing_key").col(SigningKey::Id))
            .take();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(SigningKey::Table).take()).await
    }
}
