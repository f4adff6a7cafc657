#!/usr/bin/Rscript
# Prints R's reference values for the core's statistics as CSV, to stand behind those of statistics_values.py, which see.
# Needs r-base-core; r-cran-mvtnorm for Dunnett's test.
number <- function(x) {
  one <- function(v) if (is.character(v)) paste0('"', v, '"') else if (is.infinite(v)) "null" else sprintf("%.17g", v)
  if (length(x) == 1 && is.null(attr(x, "list"))) one(x) else paste0("[", paste(sapply(x, one), collapse = ", "), "]")
}
list_of <- function(x) { attr(x, "list") <- TRUE; x }
json <- function(l) paste0("{", paste(sprintf('"%s": %s', names(l), sapply(l, number)), collapse = ", "), "}")
quoted <- function(s) paste0('"', gsub('"', '""', s), '"')
emit <- function(method, inputs, expected, tolerance, source) {
  version <- paste("R", getRversion(), source)
  cat(paste(method, quoted(json(inputs)), quoted(json(expected)), tolerance, quoted(version), sep = ","), "\n", sep = "")
}

for (z in c(0.5, 1.96, 6, 12, 25, 37.5)) {
  emit("norm_two_sided_tail", list(z = z), list(p_value = 2 * pnorm(-z)), "rel 1e-12", "pnorm")
}
for (df in c(1, 3.7, 30, 1000.5)) for (t in c(0.3, 2.5, 12)) {
  emit("t_two_sided_tail", list(t = t, df = df), list(p_value = 2 * pt(-t, df)), "rel 1e-12", "pt")
}
for (df in c(2.5, 30, 55.70744914862206, 5841.742032093565)) {
  emit("t_upper_quantile", list(q = 0.025, df = df), list(t = qt(0.025, df, lower.tail = FALSE)), "rel 1e-12", "qt")
}
a <- sleep$extra[sleep$group == 1]; b <- sleep$extra[sleep$group == 2]
test <- t.test(b, a)
emit("welch_moments", list(n_a = 10, mean_a = mean(a), var_a = var(a), n_b = 10, mean_b = mean(b), var_b = var(b)),
     list(t = unname(test$statistic), df = unname(test$parameter), p_value = test$p.value,
          ci_low = test$conf.int[1], ci_high = test$conf.int[2]), "rel 1e-12", "t.test, datasets::sleep")
for (side in c("greater", "less")) {
  test <- t.test(b, a, alternative = side)
  expected <- list(t = unname(test$statistic), p_value = test$p.value)
  emit(paste0("welch_moments_", side),
       list(n_a = 10, mean_a = mean(a), var_a = var(a), n_b = 10, mean_b = mean(b), var_b = var(b)),
       c(expected, list(ci_low = test$conf.int[1], ci_high = test$conf.int[2])), "rel 1e-12", "t.test, datasets::sleep")
}
groups <- split(PlantGrowth$weight, PlantGrowth$group)
inputs <- list(n = list_of(sapply(groups, length)), sum = list_of(sapply(groups, sum)),
               sumsq = list_of(sapply(groups, function(g) sum(g^2))))
test <- oneway.test(weight ~ group, PlantGrowth)
emit("welch_anova_k_variants", inputs,
     list(F = unname(test$statistic), df1 = unname(test$parameter[1]), df2 = unname(test$parameter[2]),
          p_value = test$p.value), "rel 1e-11", "oneway.test, PlantGrowth")
for (pair in list(c(100, 1000, 130, 1000), c(20034, 44700, 20119, 45489))) {
  test <- prop.test(pair[c(3, 1)], pair[c(4, 2)], correct = FALSE)
  emit("two_prop_z_pooled", list(x_a = pair[1], n_a = pair[2], x_b = pair[3], n_b = pair[4]),
       list(chi2 = unname(test$statistic), p_value = test$p.value, ci_lower = test$conf.int[1],
            ci_upper = test$conf.int[2]), "rel 1e-11", "prop.test")
  test <- prop.test(pair[c(3, 1)], pair[c(4, 2)])
  emit("two_prop_z_pooled_yates", list(x_a = pair[1], n_a = pair[2], x_b = pair[3], n_b = pair[4]),
       list(chi2 = unname(test$statistic), p_value = test$p.value), "rel 1e-12", "prop.test, corrected")
}
for (p in list(c(.898, .138, .007, .964, .538, .006, .138), c(.01, .04, .03, .005, .55, .6), c(0, 1, 1e-20, .5, .05, .05, .05, .2, .03, .011), .2)) {
  for (method in c("holm", "hochberg", "hommel", "bonferroni", "BH", "BY")) {
    name <- c(BH = "benjamini_hochberg", BY = "benjamini_yekutieli")[method]
    emit(if (is.na(name)) method else name, list(p = list_of(p)), list(adj = list_of(p.adjust(p, method))), "abs 1e-14",
         "p.adjust")
  }
}
for (case in list(c(.5, .75, .9, .05), c(.1, .11, .8, .05), c(.02, .01, .95, .01))) {
  n <- power.prop.test(p1 = case[1], p2 = case[2], power = case[3], sig.level = case[4], tol = 1e-12)$n
  emit("sample_size_two_prop", list(p1 = case[1], p2 = case[2], power = case[3], alpha = case[4]), list(n_per_arm = n),
       "rel 1e-9", "power.prop.test")
  power <- power.prop.test(n = 500, p1 = case[1], p2 = case[2], sig.level = case[4])$power
  emit("power_two_prop", list(p1 = case[1], p2 = case[2], n_per_arm = 500, alpha = case[4]), list(power = power),
       "rel 1e-12", "power.prop.test")
}
for (case in list(c(1, 1, .9, .05), c(.2, 1, .8, .05), c(5, 2, .99, .01))) {
  n <- power.t.test(delta = case[1], sd = case[2], power = case[3], sig.level = case[4], tol = 1e-13)$n
  emit("sample_size_two_mean_t", list(delta = case[1], sd = case[2], power = case[3], alpha = case[4]),
       list(n_per_arm = n), "rel 1e-8", "power.t.test")
  power <- power.t.test(n = 20, delta = case[1], sd = case[2], sig.level = case[4])$power
  emit("power_two_mean_t", list(delta = case[1], sd = case[2], n_per_arm = 20, alpha = case[4]), list(power = power),
       "rel 1e-9", "power.t.test")
}
for (case in list(c(100, .5), c(5000, .99), c(7, .5), c(1000, .95))) {
  n <- case[1]; q <- case[2]
  lower <- qbinom(.025, n, q); upper <- qbinom(.975, n, q) + 1
  emit("quantile_order_statistic_ci", list(n = n, q = q),
       list(lower_rank = lower, upper_rank = upper, coverage = pbinom(upper - 1, n, q) - pbinom(lower - 1, n, q)),
       "\"exact ranks, 1e-10 coverage\"", "qbinom, pbinom")
}
if (requireNamespace("mvtnorm", quietly = TRUE)) {
  set.seed(1)
  for (case in list(c(2, 20, 2.3787), c(3, 57, 2.4), c(4, 27, 1.7))) {
    k <- case[1]
    correlation <- matrix(.5, k, k) + diag(.5, k)
    inside <- mvtnorm::pmvt(rep(-case[3], k), rep(case[3], k), df = case[2], corr = correlation,
                            algorithm = mvtnorm::GenzBretz(abseps = 1e-6, maxpts = 200000))
    emit("dunnett_tail", list(t = case[3], treatments = k, df = case[2]), list(p_value = 1 - inside[1]), "abs 5e-5",
         "mvtnorm::pmvt")
  }
}
