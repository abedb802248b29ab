//! Identifiers that belong to one profile only: ROR ids and unified social credit codes.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Identifier {
    Table,
    Scheme,
    Value,
    ProfileId,
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
            .name("fk_identifier_profile")
            .from(Identifier::Table, Identifier::ProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(Identifier::Table)
            .col(ColumnDef::new(Identifier::Scheme).string_len(20).not_null())
            .col(ColumnDef::new(Identifier::Value).string_len(40).not_null())
            .col(ColumnDef::new(Identifier::ProfileId).uuid().not_null())
            .primary_key(Index::create().name("pk_identifier").col(Identifier::Scheme).col(Identifier::Value))
            .foreign_key(&mut profile.clone())
            .check(Check::named("ck_identifier_scheme", Expr::col(Identifier::Scheme).is_in(["ROR", "CREDIT_CODE"])))
            .take();
        manager.create_table(table).await?;
        let of_profile =
            Index::create().name("ix_identifier_profile").table(Identifier::Table).col(Identifier::ProfileId).take();
        manager.create_index(of_profile).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Identifier::Table).take()).await
    }
}
