//! The head of the change feed: one row, whose lock puts all changes into one order.

use sea_orm_migration::prelude::*;
use uuid::Uuid;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Directory {
    Table,
    Id,
    Instance,
    Change,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Directory::Table)
            .col(ColumnDef::new(Directory::Id).integer().not_null())
            .col(ColumnDef::new(Directory::Instance).uuid().not_null())
            .col(ColumnDef::new(Directory::Change).big_integer().not_null())
            .primary_key(Index::create().name("pk_directory").col(Directory::Id))
            .check(Check::named("ck_directory_one_row", Expr::col(Directory::Id).eq(1)))
            .check(Check::named("ck_directory_change", Expr::col(Directory::Change).gte(0)))
            .take();
        manager.create_table(table).await?;
        let row = Query::insert()
            .into_table(Directory::Table)
            .columns([Directory::Id, Directory::Instance, Directory::Change])
            .values_panic([1.into(), Uuid::new_v4().into(), 0_i64.into()])
            .take();
        manager.execute(row).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Directory::Table).take()).await
    }
}
