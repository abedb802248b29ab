//! What two consortia must not have in common, as digests: found without reading either.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum ConsortiumKey {
    Table,
    ConsortiumId,
    Kind,
    Value,
    Scope,
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
            .name("fk_consortium_key_consortium")
            .from(ConsortiumKey::Table, ConsortiumKey::ConsortiumId)
            .to(Consortium::Table, Consortium::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(ConsortiumKey::Table)
            .col(ColumnDef::new(ConsortiumKey::ConsortiumId).uuid().not_null())
            .col(ColumnDef::new(ConsortiumKey::Kind).string_len(30).not_null())
            .col(ColumnDef::new(ConsortiumKey::Value).string_len(100).not_null())
            .col(ColumnDef::new(ConsortiumKey::Scope).string_len(210).not_null())
            .primary_key(
                Index::create()
                    .name("pk_consortium_key")
                    .col(ConsortiumKey::ConsortiumId)
                    .col(ConsortiumKey::Kind)
                    .col(ConsortiumKey::Value),
            )
            .foreign_key(&mut consortium.clone())
            .take();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("ix_consortium_key_value")
            .table(ConsortiumKey::Table)
            .col(ConsortiumKey::Kind)
            .col(ConsortiumKey::Value)
            .take();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ConsortiumKey::Table).take()).await
    }
}
