//! Revisions: what was said of an institution, each once and for ever.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Revision {
    Table,
    ProfileId,
    Number,
    Content,
    CreatedAt,
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
            .name("fk_revision_profile")
            .from(Revision::Table, Revision::ProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(Revision::Table)
            .col(ColumnDef::new(Revision::ProfileId).uuid().not_null())
            .col(ColumnDef::new(Revision::Number).integer().not_null())
            .col(ColumnDef::new(Revision::Content).text().not_null())
            .col(ColumnDef::new(Revision::CreatedAt).big_integer().not_null())
            .primary_key(Index::create().name("pk_revision").col(Revision::ProfileId).col(Revision::Number))
            .foreign_key(&mut profile.clone())
            .check(Check::named("ck_revision_number", Expr::col(Revision::Number).gte(1)))
            .take();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Revision::Table).take()).await
    }
}
