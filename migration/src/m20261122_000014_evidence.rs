//! Files that prove something. The files themselves are in the object store.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Evidence {
    Table,
    Id,
    ProfileId,
    UploadedBy,
    Purpose,
    Name,
    MediaType,
    Size,
    Sha256,
    State,
    CreatedAt,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum Profile {
    Table,
    Id,
}

const PURPOSES: [&str; 3] = ["FACT", "CLAIM", "APPEAL"];
const STATES: [&str; 2] = ["STAGED", "STORED"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let profile = ForeignKey::create()
            .name("fk_evidence_profile")
            .from(Evidence::Table, Evidence::ProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(Evidence::Table)
            .col(ColumnDef::new(Evidence::Id).uuid().not_null())
            .col(ColumnDef::new(Evidence::ProfileId).uuid().not_null())
            .col(ColumnDef::new(Evidence::UploadedBy).uuid().not_null())
            .col(ColumnDef::new(Evidence::Purpose).string_len(10).not_null())
            .col(ColumnDef::new(Evidence::Name).string_len(255).not_null())
            .col(ColumnDef::new(Evidence::MediaType).string_len(100))
            .col(ColumnDef::new(Evidence::Size).big_integer())
            .col(ColumnDef::new(Evidence::Sha256).binary_len(32))
            .col(ColumnDef::new(Evidence::State).string_len(10).not_null())
            .col(ColumnDef::new(Evidence::CreatedAt).big_integer().not_null())
            .col(ColumnDef::new(Evidence::ExpiresAt).big_integer().not_null())
            .primary_key(Index::create().name("pk_evidence").col(Evidence::Id))
            .foreign_key(&mut profile.clone())
            .check(Check::named("ck_evidence_purpose", Expr::col(Evidence::Purpose).is_in(PURPOSES)))
            .check(Check::named("ck_evidence_state", Expr::col(Evidence::State).is_in(STATES)))
            .take();
        manager.create_table(table).await?;
        let of_profile =
            Index::create().name("ix_evidence_profile").table(Evidence::Table).col(Evidence::ProfileId).take();
        manager.create_index(of_profile).await?;
        let of_uploader = Index::create()
            .name("ix_evidence_uploader")
            .table(Evidence::Table)
            .col(Evidence::UploadedBy)
            .col(Evidence::CreatedAt)
            .take();
        manager.create_index(of_uploader).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Evidence::Table).take()).await
    }
}
