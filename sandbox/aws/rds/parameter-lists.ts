/** The parameters of one engine by their types; `system` are those that RDS gives a value. */
export type Engine = {
  readonly boolean: readonly string[];
  readonly integer: readonly string[];
  readonly float?: readonly string[];
  readonly string: readonly string[];
  readonly system: Readonly<Record<string, string>>;
};

const named = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Parameters of RDS for PostgreSQL and Aurora PostgreSQL: most of the engine's, and RDS's own. */
export const postgres: Engine = {
  boolean: named(`
  allow_alter_system array_nulls autovacuum check_function_bodies data_sync_retry default_transaction_deferrable
  default_transaction_read_only enable_async_append enable_bitmapscan enable_hashagg enable_hashjoin enable_nestloop
  enable_tidscan escape_string_warning fsync geqo hot_standby hot_standby_feedback jit lo_compat_privileges log_checkpoints
  log_disconnections log_duration log_executor_stats log_hostname log_lock_failures log_lock_waits log_parser_stats
  log_planner_stats log_recovery_conflict_waits log_replication_commands log_statement_stats logging_collector
  parallel_leader_participation quote_all_identifiers row_security ssl standard_conforming_strings track_activities
  track_commit_timestamp track_cost_delay_timing track_counts track_io_timing track_wal_io_timing transform_null_equals
  update_process_title vacuum_truncate wal_log_hints wal_receiver_create_temp_slot wal_recycle
`),
  float: named(`
  autovacuum_analyze_scale_factor autovacuum_vacuum_cost_delay autovacuum_vacuum_insert_scale_factor
  autovacuum_vacuum_scale_factor bgwriter_lru_multiplier checkpoint_completion_target cpu_index_tuple_cost cpu_operator_cost
  cpu_tuple_cost cursor_tuple_fraction geqo_seed geqo_selection_bias hash_mem_multiplier log_statement_sample_rate
  parallel_setup_cost parallel_tuple_cost random_page_cost recursive_worktable_factor seq_page_cost vacuum_cost_delay
  vacuum_max_eager_freeze_failure_rate
`),
  integer: named(`
  authentication_timeout autovacuum_analyze_threshold autovacuum_freeze_max_age autovacuum_max_workers
  autovacuum_multixact_freeze_max_age autovacuum_naptime autovacuum_vacuum_cost_limit autovacuum_vacuum_insert_threshold
  autovacuum_vacuum_max_threshold autovacuum_vacuum_threshold autovacuum_work_mem autovacuum_worker_slots backend_flush_after
  bgwriter_delay bgwriter_flush_after bgwriter_lru_maxpages checkpoint_flush_after checkpoint_timeout checkpoint_warning
  client_connection_check_interval commit_delay commit_siblings commit_timestamp_buffers deadlock_timeout
  default_statistics_target effective_cache_size effective_io_concurrency extra_float_digits from_collapse_limit geqo_effort
  geqo_generations geqo_pool_size geqo_threshold gin_fuzzy_search_limit gin_pending_list_limit
  idle_in_transaction_session_timeout idle_session_timeout join_collapse_limit lock_timeout log_autovacuum_min_duration
  log_file_mode log_min_duration_sample log_min_duration_statement log_parameter_max_length log_parameter_max_length_on_error
  log_rotation_age log_rotation_size log_startup_progress_interval logical_decoding_work_mem maintenance_io_concurrency
  maintenance_work_mem max_active_replication_origins max_connections max_files_per_process max_locks_per_transaction
  max_logical_replication_workers max_notify_queue_pages max_parallel_apply_workers_per_subscription
  max_parallel_maintenance_workers max_parallel_workers max_parallel_workers_per_gather max_pred_locks_per_page
  max_pred_locks_per_relation max_pred_locks_per_transaction max_prepared_transactions max_replication_slots
  max_slot_wal_keep_size max_stack_depth max_standby_archive_delay max_standby_streaming_delay
  max_sync_workers_per_subscription max_wal_senders max_wal_size max_worker_processes min_dynamic_shared_memory
  min_parallel_index_scan_size min_parallel_table_scan_size min_wal_size multixact_member_buffers multixact_offset_buffers
  notify_buffers scram_iterations serializable_buffers shared_buffers statement_timeout subtransaction_buffers
  superuser_reserved_connections tcp_keepalives_count tcp_keepalives_idle tcp_keepalives_interval tcp_user_timeout
  temp_buffers temp_file_limit track_activity_query_size vacuum_buffer_usage_limit vacuum_cost_limit vacuum_cost_page_dirty
  vacuum_cost_page_hit vacuum_cost_page_miss vacuum_failsafe_age vacuum_freeze_min_age vacuum_freeze_table_age
  vacuum_multixact_failsafe_age vacuum_multixact_freeze_min_age vacuum_multixact_freeze_table_age wal_buffers wal_keep_size
  wal_receiver_status_interval wal_receiver_timeout wal_retrieve_retry_interval wal_sender_timeout wal_skip_threshold
  wal_summary_keep_time wal_writer_delay wal_writer_flush_after work_mem
`),
  string: named(`
  backslash_quote bytea_output client_encoding client_min_messages cluster_name compute_query_id constraint_exclusion
  createrole_self_grant default_table_access_method default_tablespace default_text_search_config default_toast_compression
  default_transaction_isolation dynamic_library_path extension_control_path icu_validation_level log_connections
  log_destination log_directory log_error_verbosity log_filename log_line_prefix log_min_error_statement log_min_messages
  log_statement password_encryption plan_cache_mode search_path session_preload_libraries session_replication_role
  shared_memory_type shared_preload_libraries ssl_groups ssl_max_protocol_version ssl_min_protocol_version ssl_tls13_ciphers
  stats_fetch_consistency temp_tablespaces timezone_abbreviations track_functions wal_level wal_sync_method xmlbinary
  xmloption
`),
  system: {
    'rds.force_ssl': '1',
    'rds.logical_replication': '0',
    'rds.log_retention_period': '4320',
    'rds.force_autovacuum_logging_level': 'warning',
    shared_buffers: '{DBInstanceClassMemory/32768}',
    max_connections: 'LEAST({DBInstanceClassMemory/9531392},5000)',
    ssl: '1',
  },
};

/** Parameters of RDS for MySQL and MariaDB, and of Aurora MySQL: most of the engine's, without a value where the engine's default holds. */
export const mysql: Engine = {
  boolean: named(`
  autocommit automatic_sp_privileges binlog_order_commits binlog_rows_query_log_events check_proxy_users
  disconnect_on_expired_password end_markers_in_json enforce_gtid_consistency event_scheduler explicit_defaults_for_timestamp
  flush general_log gtid_executed_compression innodb_adaptive_flushing innodb_adaptive_hash_index
  innodb_buffer_pool_dump_at_shutdown innodb_buffer_pool_dump_now innodb_buffer_pool_load_abort
  innodb_buffer_pool_load_at_startup innodb_buffer_pool_load_now innodb_cmp_per_index_enabled innodb_deadlock_detect
  innodb_dedicated_server innodb_disable_sort_file_cache innodb_file_per_table innodb_ft_enable_diag_print
  innodb_ft_enable_stopword innodb_log_checksums innodb_log_compressed_pages innodb_numa_interleave
  innodb_optimize_fulltext_only innodb_print_all_deadlocks innodb_print_ddl_logs innodb_random_read_ahead
  innodb_redo_log_encrypt innodb_rollback_on_timeout innodb_stats_auto_recalc innodb_stats_include_delete_marked
  innodb_stats_on_metadata innodb_stats_persistent innodb_status_output innodb_status_output_locks innodb_strict_mode
  innodb_table_locks innodb_undo_log_encrypt innodb_undo_log_truncate innodb_use_fdatasync innodb_use_native_aio
  keep_files_on_create local_infile log_bin_trust_function_creators log_queries_not_using_indexes log_slow_admin_statements
  low_priority_updates new offline_mode old_alter_table performance_schema read_only require_secure_transport
  session_track_schema show_create_table_verbosity skip_name_resolve skip_show_database slow_query_log sql_safe_updates
  super_read_only
`),
  integer: named(`
  auto_increment_increment auto_increment_offset back_log binlog_cache_size binlog_expire_logs_seconds binlog_stmt_cache_size
  bulk_insert_buffer_size connect_timeout cte_max_recursion_depth default_week_format delayed_insert_limit
  delayed_insert_timeout delayed_queue_size eq_range_index_dive_limit flush_time ft_max_word_len ft_min_word_len
  group_concat_max_len histogram_generation_max_mem_size host_cache_size information_schema_stats_expiry
  innodb_adaptive_hash_index_parts innodb_adaptive_max_sleep_delay innodb_autoextend_increment innodb_autoinc_lock_mode
  innodb_buffer_pool_chunk_size innodb_buffer_pool_dump_pct innodb_buffer_pool_instances innodb_buffer_pool_size
  innodb_change_buffer_max_size innodb_commit_concurrency innodb_compression_level innodb_concurrency_tickets
  innodb_flush_log_at_timeout innodb_flush_neighbors innodb_ft_cache_size innodb_io_capacity innodb_io_capacity_max
  innodb_lock_wait_timeout innodb_log_buffer_size innodb_lru_scan_depth innodb_max_purge_lag innodb_old_blocks_time
  innodb_open_files innodb_page_cleaners innodb_parallel_read_threads innodb_purge_batch_size innodb_purge_threads
  innodb_read_ahead_threshold innodb_read_io_threads innodb_rollback_segments innodb_sort_buffer_size innodb_spin_wait_delay
  innodb_stats_persistent_sample_pages innodb_stats_transient_sample_pages innodb_sync_array_size innodb_thread_concurrency
  innodb_write_io_threads interactive_timeout join_buffer_size key_buffer_size lock_wait_timeout long_query_time
  max_allowed_packet max_binlog_cache_size max_binlog_size max_connect_errors max_delayed_threads max_digest_length
  max_error_count max_execution_time max_heap_table_size max_join_size max_length_for_sort_data max_points_in_geometry
  max_prepared_stmt_count max_seeks_for_key max_sort_length max_sp_recursion_depth max_user_connections net_buffer_length
  net_read_timeout net_retry_count net_write_timeout open_files_limit preload_buffer_size range_alloc_block_size
  read_buffer_size read_rnd_buffer_size sort_buffer_size stored_program_cache sync_binlog table_definition_cache
  table_open_cache table_open_cache_instances thread_cache_size thread_stack tmp_table_size wait_timeout
`),
  string: named(`
  binlog_checksum binlog_format binlog_row_image character_set_client character_set_connection character_set_database
  character_set_filesystem character_set_results character_set_server collation_connection collation_server completion_type
  default_storage_engine default_time_zone ft_boolean_syntax gtid-mode init_connect innodb_flush_method innodb_monitor_enable
  log_output log_timestamps optimizer_switch sql_mode time_zone tls_version transaction_isolation
`),
  system: {
    basedir: '/rdsdbbin/mysql',
    datadir: '/rdsdbdata/db/',
    log_bin: 'OFF',
    max_connections: '{DBInstanceClassMemory/12582880}',
    port: '{EndPointPort}',
    server_id: '{ServerId}',
  },
};
