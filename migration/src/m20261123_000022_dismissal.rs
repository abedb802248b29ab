//! Partners that an institution does not want suggested.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Dismissal {
    Table,
    ProfileId,
    DismissedId,
    CreatedBy,
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
            .name("fk_dismissal_profile")
            .from(Dismissal::Table, Dismissal::ProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let dismissed = ForeignKey::create()
            .name("fk_dismissal_dismissed")
            .from(Dismissal::Table, Dismissal::DismissedId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(Dismissal::Table)
            .col(ColumnDef::new(Dismissal::ProfileId).uuid().not_null())
            .col(ColumnDef::new(Dismissal::DismissedId).uuid().not_null())
            .col(ColumnDef::new(Dismissal::CreatedBy).uuid().not_null())
            .col(ColumnDef::new(Dismissal::CreatedAt).big_integer().not_null())
            .primary_key(Index::create().name("pk_dismissal").col(Dismissal::ProfileId).col(Dismissal::DismissedId))
            .foreign_key(&mut profile.clone())
            .foreign_key(&mut dismissed.clone())
            .take();
        manager.create_table(table).await?;
        let index =
            Index::create().name("ix_dismissal_dismissed").table(Dismissal::Table).col(Dismissal::DismissedId).take();
        manager.create_index(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Dismissal::Table).take()).await
    }
}
