//! Up to which change of its profile a member's consortium has followed.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum ConsortiumMember {
    Table,
    ProfileChange,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = ColumnDef::new(ConsortiumMember::ProfileChange).big_integer().take();
        manager.alter_table(Table::alter().table(ConsortiumMember::Table).add_column(column).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = ConsortiumMember::ProfileChange;
        manager.alter_table(Table::alter().table(ConsortiumMember::Table).drop_column(column).take()).await
    }
}
