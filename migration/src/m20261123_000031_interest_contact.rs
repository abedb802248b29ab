//! How to reach either side of an expression of interest, where it says so for this one.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Interest {
    Table,
    FromContact,
    ToContact,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite takes one column at a time.
        for column in [Interest::FromContact, Interest::ToContact] {
            let column = ColumnDef::new(column).text().take();
            manager.alter_table(Table::alter().table(Interest::Table).add_column(column).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [Interest::ToContact, Interest::FromContact] {
            manager.alter_table(Table::alter().table(Interest::Table).drop_column(column).take()).await?;
        }
        Ok(())
    }
}
