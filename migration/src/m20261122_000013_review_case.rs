//! What moderators decide on. The queue is read from its front: the most urgent and, among these, the oldest.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum ReviewCase {
    Table,
    Id,
    Kind,
    ProfileId,
    Revision,
    OpenedBy,
    OpenedAt,
    Priority,
    AssignedTo,
    State,
    Statement,
    Evidence,
    Appeals,
    Decision,
    Reasons,
    Message,
    Scores,
    DecidedBy,
    DecidedAt,
}

#[derive(DeriveIden)]
enum Profile {
    Table,
    Id,
}

const KINDS: [&str; 3] = ["REVISION", "CLAIM", "APPEAL"];
const STATES: [&str; 3] = ["OPEN", "DECIDED", "WITHDRAWN"];
const DECISIONS: [&str; 3] = ["APPROVED", "CHANGES_REQUESTED", "REFUSED"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let profile = ForeignKey::create()
            .name("fk_review_case_profile")
            .from(ReviewCase::Table, ReviewCase::ProfileId)
            .to(Profile::Table, Profile::Id)
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table(ReviewCase::Table)
            .col(ColumnDef::new(ReviewCase::Id).uuid().not_null())
            .col(ColumnDef::new(ReviewCase::Kind).string_len(10).not_null())
            .col(ColumnDef::new(ReviewCase::ProfileId).uuid().not_null())
            .col(ColumnDef::new(ReviewCase::Revision).integer())
            .col(ColumnDef::new(ReviewCase::OpenedBy).uuid().not_null())
            .col(ColumnDef::new(ReviewCase::OpenedAt).big_integer().not_null())
            .col(ColumnDef::new(ReviewCase::Priority).integer().not_null())
            .col(ColumnDef::new(ReviewCase::AssignedTo).uuid())
            .col(ColumnDef::new(ReviewCase::State).string_len(10).not_null())
            .col(ColumnDef::new(ReviewCase::Statement).text())
            .col(ColumnDef::new(ReviewCase::Evidence).text().not_null().default("[]"))
            .col(ColumnDef::new(ReviewCase::Appeals).uuid())
            .col(ColumnDef::new(ReviewCase::Decision).string_len(20))
            .col(ColumnDef::new(ReviewCase::Reasons).text().not_null().default("[]"))
            .col(ColumnDef::new(ReviewCase::Message).text())
            .col(ColumnDef::new(ReviewCase::Scores).text().not_null().default("{}"))
            .col(ColumnDef::new(ReviewCase::DecidedBy).uuid())
            .col(ColumnDef::new(ReviewCase::DecidedAt).big_integer())
            .primary_key(Index::create().name("pk_review_case").col(ReviewCase::Id))
            .foreign_key(&mut profile.clone())
            .check(Check::named("ck_review_case_kind", Expr::col(ReviewCase::Kind).is_in(KINDS)))
            .check(Check::named("ck_review_case_priority", Expr::col(ReviewCase::Priority).between(0, 2)))
            .check(Check::named("ck_review_case_state", Expr::col(ReviewCase::State).is_in(STATES)))
            .check(Check::named("ck_review_case_decision", Expr::col(ReviewCase::Decision).is_in(DECISIONS)))
            .take();
        manager.create_table(table).await?;
        let of_profile =
            Index::create().name("ix_review_case_profile").table(ReviewCase::Table).col(ReviewCase::ProfileId).take();
        manager.create_index(of_profile).await?;
        let queue = Index::create()
            .name("ix_review_case_queue")
            .table(ReviewCase::Table)
            .col(ReviewCase::State)
            .col((ReviewCase::Priority, IndexOrder::Desc))
            .col(ReviewCase::OpenedAt)
            .col(ReviewCase::Id)
            .take();
        manager.create_index(queue).await?;
        let of_moderator = Index::create()
            .name("ix_review_case_assigned")
            .table(ReviewCase::Table)
            .col(ReviewCase::AssignedTo)
            .col(ReviewCase::State)
            .take();
        manager.create_index(of_moderator).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ReviewCase::Table).take()).await
    }
}
