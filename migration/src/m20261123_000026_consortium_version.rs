//! What a consortium plans, version by version.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum ConsortiumVersion {
    Table,
    ConsortiumId,
    Number,
    Content,
    Changes,
    Author,
    ProfileId,
    CreatedAt,
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
            .name("fk_consortium_version_consortium")
            .from(ConsortiumVersion::Table, ConsortiumVersion::ConsortiumId)
            .to(Consortium::Table, Consortium::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(ConsortiumVersion::Table)
            .col(ColumnDef::new(ConsortiumVersion::ConsortiumId).uuid().not_null())
            .col(ColumnDef::new(ConsortiumVersion::Number).integer().not_null())
            .col(ColumnDef::new(ConsortiumVersion::Content).text().not_null())
            .col(ColumnDef::new(ConsortiumVersion::Changes).text().not_null())
            .col(ColumnDef::new(ConsortiumVersion::Author).uuid())
            .col(ColumnDef::new(ConsortiumVersion::ProfileId).uuid())
            .col(ColumnDef::new(ConsortiumVersion::CreatedAt).big_integer().not_null())
            .primary_key(
                Index::create()
                    .name("pk_consortium_version")
                    .col(ConsortiumVersion::ConsortiumId)
                    .col(ConsortiumVersion::Number),
            )
            .foreign_key(&mut consortium.clone())
            .take();
        manager.create_table(table).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ConsortiumVersion::Table).take()).await
    }
}
