//! What members of a consortium say to each other.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum ConsortiumComment {
    Table,
    Id,
    ConsortiumId,
    ProfileId,
    Author,
    About,
    Text,
    CreatedAt,
    DeletedAt,
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
            .name("fk_consortium_comment_consortium")
            .from(ConsortiumComment::Table, ConsortiumComment::ConsortiumId)
            .to(Consortium::Table, Consortium::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(ConsortiumComment::Table)
            .col(ColumnDef::new(ConsortiumComment::Id).uuid().not_null())
            .col(ColumnDef::new(ConsortiumComment::ConsortiumId).uuid().not_null())
            .col(ColumnDef::new(ConsortiumComment::ProfileId).uuid().not_null())
            .col(ColumnDef::new(ConsortiumComment::Author).uuid().not_null())
            .col(ColumnDef::new(ConsortiumComment::About).string_len(200))
            .col(ColumnDef::new(ConsortiumComment::Text).text().not_null())
            .col(ColumnDef::new(ConsortiumComment::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(ConsortiumComment::DeletedAt).big_integer())
            .primary_key(Index::create().name("pk_consortium_comment").col(ConsortiumComment::Id))
            .foreign_key(&mut consortium.clone())
            .take();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("ix_consortium_comment_consortium")
            .table(ConsortiumComment::Table)
            .col(ConsortiumComment::ConsortiumId)
            .col(ConsortiumComment::Id)
            .take();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ConsortiumComment::Table).take()).await
    }
}
